"""Another Django project, as somebody has it after a course: debugging, SQLite beside the code."""

from __future__ import annotations

from pathlib import Path

MODULE, HEADING = "shop.wsgi", "Books on the shelf"
FILES = {
    "requirements.txt": "django\n",
    "shop/__init__.py": "",
    "shop/settings.py": """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "django-insecure-of-the-course"
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.staticfiles", "shelf"]
MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}
STATIC_URL = "assets/"
MEDIA_URL = "/pictures/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
""",
    "shop/urls.py": """
from django.urls import path
from shelf import views

urlpatterns = [path("", views.shelf), path("slow/", views.slow)]
""",
    "shop/wsgi.py": """
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
application = get_wsgi_application()
""",
    "shelf/__init__.py": "",
    "shelf/models.py": """
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=80)


class Book(models.Model):
    title = models.CharField(max_length=80)
    authors = models.ManyToManyField(Author, related_name="books")
""",
    "shelf/migrations/__init__.py": "",
    "shelf/migrations/0001_initial.py": """
from django.db import migrations, models


def fill(apps, schema_editor):
    author, book = apps.get_model("shelf", "Author"), apps.get_model("shelf", "Book")
    for n in range(10):
        book.objects.create(title=f"Book {n}").authors.add(author.objects.create(name=f"A{n}"))


class Migration(migrations.Migration):
    initial = True
    operations = [
        migrations.CreateModel(
            "Author",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("name", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.CharField(max_length=80)),
                ("authors", models.ManyToManyField("shelf.Author", related_name="books")),
            ],
        ),
        migrations.RunPython(fill),
    ]
""",
    "shelf/views.py": """
import time

from django.http import HttpResponse
from django.shortcuts import render

from shelf.models import Book


def shelf(request):
    return render(request, "shelf.html", {"books": Book.objects.prefetch_related("authors")})


def slow(request):
    time.sleep(2)
    return HttpResponse("at last")
""",
    "shelf/templates/shelf.html": """{% load static %}<!doctype html><title>Shelf</title>
<link rel="stylesheet" href="{% static 'shelf.css' %}"><h1>Books on the shelf</h1>
<ul>{% for book in books %}<li>{{ book.title }}: {% for each in book.authors.all %}{{ each.name }}
{% endfor %}</li>{% endfor %}</ul>{{ request.scheme }}
""",
    "shelf/static/shelf.css": "h1 { color: teal }\n",
    "db.sqlite3": "what was tried at home\n",
    ".env": "PASSWORD=at-home\n",
}


def write(folder: Path) -> None:
    """The project, in `folder`."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip("\n"), "utf-8")
