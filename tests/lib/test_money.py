import pytest

from madang.lib.money import written


@pytest.mark.parametrize(
    ("amount", "currency", "language", "text"),
    [
        (5000, "KRW", "ko", "5,000원"),
        (5000, "KRW", "en", "KRW 5,000"),
        (1250, "EUR", "ko", "EUR 12.50"),
        (5, "USD", "en", "USD 0.05"),
        (-1_234_567, "EUR", "en", "EUR -12,345.67"),
        (1_234_567, "KWD", "en", "KWD 1,234.567"),
        (0, "KRW", "ko", "0원"),
    ],
)
def test_an_amount_reads_as_people_write_it(
    amount: int, currency: str, language: str, text: str
) -> None:
    assert written(amount, currency, language=language) == text
