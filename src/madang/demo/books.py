"""What the village has in the library: a shelf of Korean and English books, and who reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from madang.library import holding, lending
from madang.library.models import (
    Bib,
    CirculationRule,
    ClosedWeekday,
    Item,
    ItemType,
    Location,
    Patron,
    PatronCategory,
)
from madang.people.models import Member

BOOKS = [
    ("소나기", "황순원", "813.7", 1953, "kor", 2),
    ("무정", "이광수", "813.7", 1917, "kor", 1),
    ("메밀꽃 필 무렵", "이효석", "813.7", 1936, "kor", 1),
    ("하늘과 바람과 별과 시", "윤동주", "811.7", 1948, "kor", 2),
    ("진달래꽃", "김소월", "811.6", 1925, "kor", 1),
    ("날개", "이상", "813.7", 1936, "kor", 1),
    ("봄봄", "김유정", "813.7", 1935, "kor", 1),
    ("홍길동전", "허균", "813.5", 1612, "kor", 1),
    ("구운몽", "김만중", "813.5", 1687, "kor", 1),
    ("난중일기", "이순신", "911.05", 1598, "kor", 1),
    ("택리지", "이중환", "981.1", 1751, "kor", 1),
    ("님의 침묵", "한용운", "811.7", 1926, "kor", 1),
    ("Pride and Prejudice", "Jane Austen", "843.5", 1813, "eng", 2),
    ("Alice's Adventures in Wonderland", "Lewis Carroll", "843.5", 1865, "eng", 1),
    ("Frankenstein", "Mary Shelley", "843.5", 1818, "eng", 1),
    ("Walden", "Henry David Thoreau", "844", 1854, "eng", 1),
    ("Middlemarch", "George Eliot", "843.5", 1871, "eng", 1),
    ("The Adventures of Sherlock Holmes", "Arthur Conan Doyle", "843.6", 1892, "eng", 1),
]
"""Title, author, class (KDC), year, language, copies; all long in the public domain."""


def build(*, members: Mapping[str, Member], at: datetime, language: str) -> None:
    """Rules, a shelf, a card for everybody, and loans and holds around `at`."""
    is_korean = language == "ko"
    adult = PatronCategory.objects.create(code="adult", name="어른" if is_korean else "Adults")
    book = ItemType.objects.create(code="book", name="책" if is_korean else "Book")
    shelf = Location.objects.create(code="main", name="마을 서가" if is_korean else "Village shelf")
    CirculationRule.objects.create(
        name="책 2주" if is_korean else "Books, two weeks", item_type=book, max_loans=5
    )
    ClosedWeekday.objects.create(weekday=1)
    items = _shelve(book, shelf)
    patrons = {
        handle: Patron.objects.create(
            name=str(member), member=member, category=adult, card=f"M{1000 + number}"
        )
        for number, (handle, member) in enumerate(members.items(), start=1)
    }
    _read(items, patrons, at)


def _shelve(book: ItemType, shelf: Location) -> dict[str, Item]:
    """Every copy on its shelf; the first copy of each title."""
    found: dict[str, Item] = {}
    number = 0
    for title, author, kdc, year, language, copies in BOOKS:
        bib = Bib.objects.create(title=title, author=author, year=year, language=language)
        for _copy in range(copies):
            number += 1
            item = Item.objects.create(
                bib=bib,
                barcode=f"B{number:04}",
                accession_number=f"EM{number:07}",
                call_number=f"{kdc} {author[0]}{number:02}",
                item_type=book,
                location=shelf,
            )
            found.setdefault(title, item)
    return found


def _read(items: Mapping[str, Item], patrons: Mapping[str, Patron], at: datetime) -> None:
    """Hana has two books out and one ready; Minjun waits for hers; Emma is late."""
    for handle, title, days in (
        ("hana", "무정", 9),
        ("hana", "Frankenstein", 3),
        ("minjun", "소나기", 5),
        ("emma", "Walden", 17),
    ):
        lending.check_out(item=items[title], patron=patrons[handle], at=at - timedelta(days=days))
    holding.place(bib=items["진달래꽃"].bib, patron=patrons["hana"], at=at)
    holding.place(bib=items["무정"].bib, patron=patrons["minjun"], at=at)
