"""Settings of the tests: the real ones, quicker passwords, plain static files, policies enforced."""

import os
import tempfile

os.environ.setdefault("LEADTRACK_ENV", "development")
os.environ.setdefault("LEADTRACK_VAR", tempfile.mkdtemp(prefix="leadtrack-test-"))
os.environ.setdefault("LEADTRACK_CURRENCY", "EUR")
os.environ.setdefault("PUBLIC_BASE_URL", "http://testserver")
os.environ.setdefault("LEADTRACK_TIME_ZONE", "UTC")
os.environ.setdefault("LEADTRACK_WAKE_AFTER_MS", "0")

from leadtrack.settings import *

SECRET_KEY = "tests-only-secret-key-of-forty-characters-"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
MIDDLEWARE = [line for line in MIDDLEWARE if "whitenoise" not in line]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
ACCOUNT_RATE_LIMITS = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A file that outlives its test; tests of it name their own.
LEADTRACK_OFFLINE_NUMBERS = None
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    # Test databases are dropped at the end: a pool would still hold them open.
    DATABASES["default"]["OPTIONS"].pop("pool", None)
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "memory://")
