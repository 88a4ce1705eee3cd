"""A small CRM of somebody else's, with a user model of its own, that carries LeadTrack."""

import os
from pathlib import Path

from leadtrack import plugin

FOLDER = Path(os.environ["FOREIGN_FOLDER"])
SECRET_KEY = "a-foreign-project-has-a-secret-of-its-own"
ALLOWED_HOSTS = ["testserver"]
AUTH_USER_MODEL = "firm.Employee"
ROOT_URLCONF = "firm.urls"
INSTALLED_APPS = [
    "firm",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    *plugin.APPS,
]
MIDDLEWARE = [
    "leadtrack.ui.middleware.ReadableMiddleware",
    "leadtrack.ui.middleware.DoorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [plugin.TEMPLATES],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "firm.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
MEDIA_ROOT = FOLDER / "media"
USE_TZ = True
LOGIN_URL = "/login/"
# The three settings that LeadTrack itself needs.
LEADTRACK_CURRENCY = "EUR"
LEADTRACK_LOOKBACK_DAYS = 90
PUBLIC_BASE_URL = "http://testserver"
CELERY_BROKER_URL = "memory://"
