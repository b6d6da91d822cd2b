"""Sessions in the database."""

from django.contrib.sessions.backends.db import SessionStore as SessionStore
