"""Each page once asking for row after row, and once asking ahead."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tests.wire.dozen.models import Author, Book, Tag


def _lines(lines: Iterable[str]) -> HttpResponse:
    return HttpResponse("\n".join(lines), content_type="text/plain")


def authors(request: HttpRequest) -> HttpResponse:
    return _lines(book.author.name for book in Book.objects.order_by("pk"))


def authors_ahead(request: HttpRequest) -> HttpResponse:
    books = Book.objects.order_by("pk").select_related("author")
    return _lines(book.author.name for book in books)


def tags(request: HttpRequest) -> HttpResponse:
    return _lines(str(list(book.tags.all())) for book in Book.objects.order_by("pk"))


def tags_ahead(request: HttpRequest) -> HttpResponse:
    books = Book.objects.order_by("pk").prefetch_related("tags")
    return _lines(str(list(book.tags.all())) for book in books)


def books(request: HttpRequest) -> HttpResponse:
    return _lines(str(author.books.count()) for author in Author.objects.order_by("pk"))  # type: ignore[attr-defined] # mypy knows the site's apps alone


def tagged(request: HttpRequest) -> HttpResponse:
    return _lines(str(list(tag.book_set.all())) for tag in Tag.objects.order_by("pk"))  # type: ignore[attr-defined] # as above


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "dozen/page.html", {"books": Book.objects.order_by("pk")})


def statements(request: HttpRequest) -> HttpResponse:
    return _lines(str(Book.objects.get(pk=key)) for key in range(1, 5))


def literal(request: HttpRequest, token: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'hunter2', %s", [token])
        cursor.fetchone()
    return _lines(["said"])


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("hunter2")
