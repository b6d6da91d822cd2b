"""Amounts of money, kept in the smallest unit of one currency (ISO 4217)."""

from __future__ import annotations

DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits behind the point, where it is not two (ISO 4217, list one)."""
USUAL = 2
WON = "KRW"


def digits(currency: str) -> int:
    """How many digits of `currency` stand behind the point."""
    return DIGITS.get(currency, USUAL)


def written(amount: int, currency: str, *, language: str) -> str:
    """`amount` smallest units of `currency` as people write it: 5,000원, KRW 5,000, EUR 12.50."""
    behind = digits(currency)
    whole, rest = divmod(abs(amount), 10**behind)
    sign = "-" if amount < 0 else ""
    number = f"{sign}{whole:,}" + (f".{rest:0{behind}}" if behind else "")
    return f"{number}원" if currency == WON and language == "ko" else f"{currency} {number}"
