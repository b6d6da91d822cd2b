"""As `django-admin startproject` writes it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.wire.dozen.settings"
application = get_wsgi_application()
