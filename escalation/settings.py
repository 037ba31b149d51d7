"""``desk.toml`` as Django settings.

``main`` names the file in the environment before Django starts; Django itself, its
migrations and the type checker then find their settings here and nowhere else. Nothing
is created and nothing is written by importing this file.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from escalation import desk_config, desk_keys
from wire.options import ConfigError

CONFIG_VARIABLE = "DEMITASSE_DESK_CONFIG"
CLOCK_VARIABLE = "DEMITASSE_DESK_CLOCK"

CONFIG = desk_config.load(Path(os.environ.get(CONFIG_VARIABLE, "config/desk.toml")))

DESK_CLOCK_FILE = os.environ.get(CLOCK_VARIABLE) or None
"""For demonstrations: a file that says what time it is. ``escalation.clock`` reads it."""


def _secret_key() -> str:
    # Django refuses an empty secret by itself as soon as it is used; commands that need
    # none, such as the type checker's reading of this file, work without a desk.
    try:
        return desk_keys.load_secret(CONFIG.keys_folder)
    except ConfigError:
        return ""


def _database() -> dict[str, Any]:
    url = CONFIG.database.url
    if url is None:
        return {
            "ENGINE": "escalation.keeping.one_writer",
            "NAME": CONFIG.database.path,
            "OPTIONS": {
                # A write transaction takes its lock at once: two claims then queue for
                # it instead of both reading first and one of them failing half-way.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # EXTRA before WAL: with FULL, a crash right after the first commit can
                # lose it together with the directory entry of the journal.
                # What is erased is overwritten, and not left in a page that is free.
                "init_command": "PRAGMA synchronous=EXTRA; PRAGMA journal_mode=WAL;"
                " PRAGMA secure_delete=ON;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": url.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Only of what goes through ``keeping.kept_plans``.
        "OPTIONS": {"prepare_threshold": 1},
    }


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = list(CONFIG.web.allowed_hosts)
ROOT_URLCONF = "escalation.urls"
WSGI_APPLICATION = "escalation.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": _database()}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "escalation",
    "escalation.authority",
    "escalation.notices",
    "escalation.entrance",
    "escalation.guarding",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "escalation.console.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "escalation.console.middleware.staff_language",
    "escalation.console.entering.second_factor_first",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    }
]

AUTH_USER_MODEL = "escalation.Staff"
AUTHENTICATION_BACKENDS = ["escalation.entrance.who_asks.StaffBackend"]
SESSION_ENGINE = "escalation.entrance.who_asks"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "waiting"
LOGOUT_REDIRECT_URL = "login"
SIGN_IN = CONFIG.sign_in
SECOND_FACTOR_REQUIRED = CONFIG.web.second_factor_required
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("fr", "Français"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIG.web.timezone

STATIC_URL = "static/"
# The console's few files are served by the process itself, straight from the package:
# there is no second web server to set up and no step to forget.
WHITENOISE_USE_FINDERS = True

# A shift, and no longer: a console left open on a shared desk closes itself.
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "desk_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "desk_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50

if CONFIG.web.https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    # Whether every other host below this name speaks HTTPS is not ours to promise.
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"escalation": {"level": "INFO"}},
}
