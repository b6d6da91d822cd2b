"""Korean particles, 을 or 를 as the sound before them asks, and finding names by their sounds."""

import re
import unicodedata

FIRST, LAST = ord("가"), ord("힣")
FINALS = 28
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
"""Initial consonants in the order of the syllables (Unicode 3.12)."""
SYLLABLES = 21 * FINALS
"""How many syllables begin with the same consonant."""
RIEUL = 8
DIGITS = dict(zip("0123456789", (21, 8, 0, 16, 0, 0, 1, 8, 8, 0), strict=True))
"""The final sound of each digit as it is read: 영 일 이 삼 사 오 육 칠 팔 구."""
LETTERS = {"l": RIEUL, "r": RIEUL, "m": 16, "n": 4}
"""Letters whose Korean name ends in a consonant: 엘, 알, 엠, 엔."""


def final(word: str) -> int:
    """The number of the final consonant of the last syllable (Unicode 3.12), 0 for none.

    Digits and Latin letters count as they are read; signs after the last letter do not count.
    """
    sounding = [sign for sign in word.lower() if sign.isalnum()]
    if not sounding:
        return 0
    last = sounding[-1]
    if FIRST <= ord(last) <= LAST:
        return (ord(last) - FIRST) % FINALS
    return DIGITS.get(last, LETTERS.get(last, 0))


def particle(word: str, pair: str) -> str:
    """`word` with the fitting one of `pair` ("을/를": after a consonant, after a vowel).

    (으)로 is the exception that counts ㄹ among the vowels: particle("서울", "으로/로") is 서울로.
    """
    after_consonant, after_vowel = pair.split("/")
    sound = final(word)
    is_vowel = sound == 0 or (sound == RIEUL and after_consonant == "으로")
    return word + (after_vowel if is_vowel else after_consonant)


def pattern(text: str) -> str:
    """A regular expression that finds `text` inside a name, whatever the spaces; "" for nothing.

    A lone initial consonant finds every syllable that begins with it: ㄱㅎㄴ finds 김하나. The same
    expression means the same to Python and to PostgreSQL.
    """
    signs = [sign for sign in unicodedata.normalize("NFC", text) if not sign.isspace()]
    return r"\s*".join(_finding(sign) for sign in signs if sign.isprintable())


def _finding(sign: str) -> str:
    if sign not in INITIALS:
        return re.escape(sign)
    first = FIRST + INITIALS.index(sign) * SYLLABLES
    return f"[{sign}{chr(first)}-{chr(first + SYLLABLES - 1)}]"
