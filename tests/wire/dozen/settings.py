"""A dozen lines."""

import os

SECRET_KEY = "a project of the tests"
DEBUG = bool(os.environ.get("DOZEN_DEBUG"))
STATIC_URL = "static/"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.wire.dozen.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "tests.wire.dozen", "madang.wire"]
MIDDLEWARE = ["madang.wire.tracing.Trace", "django.middleware.common.CommonMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DOZEN_DB"]}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
WIRE = {
    "FOLDER": os.environ.get("DOZEN_WIRE", ""),
    "REQUEST_ID": os.environ.get("DOZEN_REQUEST_ID", ""),
}
