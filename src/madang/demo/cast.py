"""The people of the village: the same in the demo, in tests and in pictures."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to the village."""

    handle: str
    name: str
    name_en: str
    roles: tuple[str, ...] = ()
    language: str = "ko"
    time_zone: str = "Asia/Seoul"

    @property
    def password(self) -> str:
        """Good for the village only."""
        return f"madang-{self.handle}-1"

    @property
    def email(self) -> str:
        """An address that leads nowhere (RFC 2606)."""
        return f"{self.handle}@madang.example"

    def named(self, language: str) -> str:
        """The name as the village's language writes it."""
        return self.name if language == "ko" else self.name_en

    def as_json(self) -> dict[str, object]:
        """What `madang demo --print-cast` says."""
        return {**asdict(self), "roles": list(self.roles), "password": self.password}


CAST = (
    Person("hana", "김하나", "Hana Kim"),
    Person("minjun", "이민준", "Minjun Lee"),
    Person("seoyun", "박서윤", "Seoyun Park", ("doctor",)),
    Person("jiho", "정지호", "Jiho Jung", ("doctor",)),
    Person("sujin", "한수진", "Sujin Han", ("librarian",)),
    Person("dohyun", "오도현", "Dohyun Oh", ("moderator",)),
    Person("yerin", "신예린", "Yerin Shin", ("receptionist",)),
    Person("gwanu", "최관우", "Gwanu Choi", ("operator",)),
    Person("emma", "엠마 클라크", "Emma Clark", (), "en", "Europe/London"),
)
