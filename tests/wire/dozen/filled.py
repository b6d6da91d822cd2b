"""`python -m tests.wire.dozen.filled PATH…`: make the tables with twelve books, ask for each PATH.

Prints, as JSON, what the middleware kept and what was answered.
"""

import json
import os
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.wire.dozen.settings"

import django

from madang.wire import spool

django.setup()

ROWS = 12


def fill() -> None:
    """Twelve books by twelve authors, with twelve tags."""
    from django.db import connection

    from madang.wire.models import Look
    from tests.wire.dozen.models import Author, Book, Tag

    with connection.schema_editor() as editor:
        for model in (Author, Tag, Book, Look):
            editor.create_model(model)
    for number in range(ROWS):
        book = Book.objects.create(
            title=f"book {number}", author=Author.objects.create(name=f"author {number}")
        )
        book.tags.add(Tag.objects.create(word=f"tag {number}"))


def main() -> None:
    """Ask as a client that says of the way here what it likes."""
    from django.test import Client

    fill()
    client = Client(raise_request_exception=False)
    lies = {"x-request-id": "f" * 32, "cookie": "sessionid=hunter2"}
    answers = []
    for path in sys.argv[1:]:
        answer = client.get(path, headers=lies)
        answers.append([answer.status_code, answer.get("X-Request-ID", "")])
    kept = spool.read(Path(os.environ["DOZEN_WIRE"]) / "spool", spool.Mark())
    print(json.dumps({"answers": answers, "records": [record for _mark, record in kept]}))


if __name__ == "__main__":
    main()
