"""Django's settings, from `env` alone. `docs/operating.md` describes every variable."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from madang import env as environment

django_stubs_ext.monkeypatch()

try:
    env = environment.read(os.environ)
except environment.BadEnvironment as error:
    raise ImproperlyConfigured(str(error)) from None

PACKAGE = Path(__file__).resolve().parent
DEBUG = env.debug
SECRET_KEY = env.secret_key
ALLOWED_HOSTS = list(env.hosts)
SITE_NAME = env.site_name
SITE_ORIGIN = env.origin
SITE_OPEN_JOINING = env.open_joining
SITE_MEMBERS_INVITE = env.members_invite
LIBRARY_HISTORY_DAYS = env.library_history_days
LIBRARY_DUE_SOON_DAYS = env.library_due_soon_days
LIBRARY_OVERDUE_DAYS = env.library_overdue_days
LIBRARY_OPEN_CATALOGUE = env.library_open_catalogue
CURRENCY = env.currency
ANON_PASSES = env.anon_passes
ANON_EPOCH = timedelta(seconds=env.anon_epoch_seconds)
ANON_RENEWAL = timedelta(seconds=env.anon_renewal_seconds)
ANON_ORIGIN = env.anon_origin
ANON_TICK = timedelta(seconds=env.anon_tick_seconds)
ANON_FLOOR = env.anon_floor
DATA = env.data

INSTALLED_APPS = [
    "madang.reservation",
    "madang.library",
    "madang.microblog",
    "madang.home",  # after the rooms: it opens the last one, that of requests
    "madang.people",
    "madang.ui",
    "madang.wire",
    "madang.people.apps.DeskConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "template_partials",
]

MIDDLEWARE = [
    "madang.wire.tracing.Trace",  # first: what stands before it is not seen
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # so far out that no page leaves without its policy
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "madang.intake.cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "madang.people.middleware.preferences",
    "madang.intake.readable",
    "madang.people.middleware.Unprocessable",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "madang.urls"
WSGI_APPLICATION = "madang.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["template_partials.templatetags.partials", "madang.ui.templatetags.ui"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "madang.ui.context.site",
            ],
        },
    }
]


def _database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for `sqlite:///PATH` or `postgresql://…?option=value`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "madang.db", "NAME": unquote(parts.path.removeprefix("/"))}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": parts.port or "",
        "OPTIONS": dict(parse_qsl(parts.query)),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database(env.database_url)}
ANON_DATABASE = _database(env.anon_database_url or env.database_url)
"""What the anonymous origin opens instead, with a role of its own."""
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_cache",
    }
}

# Signing in.
AUTH_USER_MODEL = "people.Member"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/people/login/"
ACCOUNT_ADAPTER = "madang.people.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "madang.people.forms.SignupForm"
ACCOUNT_FORMS = {
    "login": "madang.people.doors.LoginForm",
    "signup": "madang.people.doors.SignupForm",
    "add_email": "madang.people.doors.AddEmailForm",
    "change_password": "madang.people.doors.ChangePasswordForm",
    "set_password": "madang.people.doors.SetPasswordForm",
    "reset_password": "madang.people.doors.ResetPasswordForm",
    "reset_password_from_key": "madang.people.doors.ResetPasswordKeyForm",
    "reauthenticate": "madang.people.doors.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "madang.people.doors.CodeForm",
    "reauthenticate": "madang.people.doors.CodeAgainForm",
    "activate_totp": "madang.people.doors.ActivateForm",
}
ACCOUNT_USERNAME_VALIDATORS = "madang.people.models.member.handle_validators"
ACCOUNT_USERNAME_MIN_LENGTH = 2
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_PREVENT_ENUMERATION = "strict"  # whose address it is, only a letter can tell
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 2
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a closed community writes to nobody it does not know
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A whole school may share one address; `people.limits` says who is counted with whom.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,10/5m/key",
    "signup": "60/m/ip",
    "reset_password": "20/m/ip,5/h/key",
}
MFA_ADAPTER = "madang.people.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = env.site_name
SESSION_ENGINE = "madang.people.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

# What browsers are told.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = env.is_https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [env.origin]
CSRF_FAILURE_VIEW = "madang.ui.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.is_https else None
SECURE_SSL_REDIRECT = env.is_https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if env.is_https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, *([env.anon_origin] if env.anon_origin else [])],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# Words and time.
LANGUAGE_CODE = env.language
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = USE_TZ = True
TIME_ZONE = env.time_zone

# Files.
STATIC_URL = "/static/"
STATIC_ROOT = env.data / "static"
MEDIA_ROOT = env.data / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "madang.ui.storage.CollectedStorage"},
}
WHITENOISE_USE_FINDERS = True

# Mail goes out through people.outbox; what stands here is only the last step.
_mail = urlsplit(env.mail_url)
DEFAULT_FROM_EMAIL = env.mail_from
EMAIL_SUBJECT_PREFIX = ""
EMAIL_BACKEND = {
    "file": "django.core.mail.backends.filebased.EmailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
}.get(_mail.scheme, "django.core.mail.backends.smtp.EmailBackend")
EMAIL_FILE_PATH = unquote(_mail.path) if _mail.scheme == "file" else None
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp" and bool(_mail.username)
EMAIL_TIMEOUT = 20

# What operators read. Errors with their place in the code; never a header, a cookie, a body
# or a key in an address.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"mask": {"()": "madang.lib.masking.Mask"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["mask"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "gunicorn.error": {"filters": ["mask"]},
    },
}

# One request through every layer; without a folder nothing is recorded.
WIRE = {
    "FOLDER": env.data / "wire" if env.trace else None,
    "REQUEST_ID": "HTTP_X_REQUEST_ID" if env.trace == "nginx" else "",
    "GUARD": "madang.people.access.operator_lately",
    "BASE": "base.html",
    "PROXY": env.data / "proxy",
    "CAPTURES": env.data / "captures",
    "RECORDER": env.recorder,
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
SILENCED_SYSTEM_CHECKS: list[str] = []
