"""Settings, all from the environment; safe by default. README lists the variables."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from csp.constants import SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from leadtrack import plugin
from leadtrack.databases import database_for
from leadtrack.logs import logging_for

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# --- what kind of run this is -------------------------------------------------------------------------
IS_PRODUCTION = env.str("LEADTRACK_ENV", default="production") == "production"
DEBUG = env.bool("DEBUG", default=False)
INSECURE_SECRET = "insecure-development-secret-never-use-it-in-production"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_SECRET)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["localhost", "127.0.0.1", "[::1]"]
)

if IS_PRODUCTION:
    if SECRET_KEY == INSECURE_SECRET or len(SECRET_KEY) < 32:
        raise ImproperlyConfigured("SECRET_KEY must be set to at least 32 random characters in production.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts LeadTrack is served from, without '*'.")

# --- LeadTrack's own ----------------------------------------------------------------------------------
# Where the outside world reaches us: carriers sign this address and the snippet posts to it.
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
# The currency of reports, ISO 4217. Spend and purchases in others are converted on their own day.
LEADTRACK_CURRENCY = env.str("LEADTRACK_CURRENCY", default="EUR")
LEADTRACK_LOOKBACK_DAYS = env.int("LEADTRACK_LOOKBACK_DAYS", default=90)
LEADTRACK_DOOR_MAX_BYTES = env.int("LEADTRACK_DOOR_MAX_BYTES", default=1024 * 1024)
# Leads that come within so many milliseconds wake the worker with one message; 0 sends in the request itself.
LEADTRACK_WAKE_AFTER_MS = env.int("LEADTRACK_WAKE_AFTER_MS", default=10)
# How long a worker has a row to itself, and how often the sweep looks for rows that nobody finished.
LEADTRACK_CLAIM_SECONDS = env.int("LEADTRACK_CLAIM_SECONDS", default=120)
LEADTRACK_SWEEP_SECONDS = env.int("LEADTRACK_SWEEP_SECONDS", default=60)
# Where leads of Meta's forms are fetched, and with which version of the Graph API.
LEADTRACK_META_GRAPH_URL = env.str("LEADTRACK_META_GRAPH_URL", default="https://graph.facebook.com")
LEADTRACK_META_GRAPH_VERSION = env.str("LEADTRACK_META_GRAPH_VERSION", default="v26.0")
# Where Twilio is asked to buy, set up and list; empty for Twilio itself. A rehearsal asks a stand-in.
LEADTRACK_TWILIO_API = env.str("LEADTRACK_TWILIO_API", default="").rstrip("/")
# Account SIDs that no carrier has (the demo's): their calls are taken, but nothing is asked for them.
LEADTRACK_MADE_UP_ACCOUNTS = env.list("LEADTRACK_MADE_UP_ACCOUNTS", default=[])
# Whom Twilio asks when we do not answer at all: a TwiML Bin, or a second host. Set on every number.
LEADTRACK_VOICE_FALLBACK_URL = env.str("LEADTRACK_VOICE_FALLBACK_URL", default="")
# Hosts (with their port, where it is an unusual one) of one's own that recordings are fetched from although
# they stand at a private address, or without https.
LEADTRACK_OUTWARD_HOSTS = env.list("LEADTRACK_OUTWARD_HOSTS", default=[])
# Fernet keys, newest first, for secrets stored in the database; falls back to a key made of SECRET_KEY.
LEADTRACK_FIELD_KEYS = env.list("LEADTRACK_FIELD_KEYS", default=[])
if IS_PRODUCTION and not LEADTRACK_FIELD_KEYS:
    raise ImproperlyConfigured("LEADTRACK_FIELD_KEYS must hold at least one Fernet key in production.")
try:
    for key in LEADTRACK_FIELD_KEYS:
        Fernet(key)
except ValueError as problem:
    raise ImproperlyConfigured(f"LEADTRACK_FIELD_KEYS must hold Fernet keys only: {problem}") from problem
VAR_DIR = Path(env.str("LEADTRACK_VAR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
# Where forms wait while the database cannot be reached; on the disk of each web server.
LEADTRACK_SPOOL = VAR_DIR / "spool"
# Where numbers ring while the database cannot be reached, encrypted; on the disk of each web server, too.
LEADTRACK_OFFLINE_NUMBERS: Path | None = VAR_DIR / "phones" / "numbers"

# --- Django -------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "corsheaders",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_structlog",
    "leadtrack",
    *plugin.APPS,
    "leadtrack.demo",
]
MIDDLEWARE = [
    "django_structlog.middlewares.RequestMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "leadtrack.ui.middleware.ReadableMiddleware",
    "leadtrack.ui.middleware.DoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "leadtrack.ui.middleware.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
]
ROOT_URLCONF = "leadtrack.root_urls"
WSGI_APPLICATION = "leadtrack.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [plugin.TEMPLATES],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- data ---------------------------------------------------------------------------------------------
DATABASES = {
    "default": database_for(
        env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/leadtrack.sqlite3"),
        pool_size=env.int("DATABASE_POOL", default=8),
        prepares=env.bool("DATABASE_PREPARED", default=True),
    )
}

CACHES = {"default": env.cache("CACHE_URL", default="locmemcache://")}
MEDIA_ROOT = VAR_DIR / "media"
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
if not IS_PRODUCTION:
    # whitenoise warns where there is none; what is not in it comes from the finders.
    STATIC_ROOT.mkdir(exist_ok=True)
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("LEADTRACK_UPLOAD_MAX_BYTES", default=50 * 1024 * 1024)
# A file that is somewhat too large is told beside its field; what is far too large is not even read.
LEADTRACK_REQUEST_MAX_BYTES = 2 * DATA_UPLOAD_MAX_MEMORY_SIZE

# --- people -------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "leadtrack:home"
ACCOUNT_ADAPTER = "leadtrack.accounts.adapter.ClosedSignupAdapter"
ACCOUNT_FORMS = {"login": "leadtrack.accounts.forms.LoginForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="leadtrack@localhost")

# --- language and time --------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("LEADTRACK_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("LEADTRACK_TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True

# --- safety -------------------------------------------------------------------------------------------
IS_HTTPS = urlsplit(PUBLIC_BASE_URL).scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=IS_PRODUCTION and IS_HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_BASE_URL] if IS_HTTPS else [])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-ancestors": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": ["'none'"],
    }
}
# Which origins may call the doors is a table (leadtrack.visits.origins), asked through a signal.
CORS_ALLOWED_ORIGINS: list[str] = []
CORS_URLS_REGEX = r"^/api/v1/(forms|visits)"

# --- the API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "leadtrack.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["leadtrack.accounts.access.IsMember"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LeadTrack API",
    "VERSION": "1",
    "DESCRIPTION": "Leads, outcomes, spend and source-to-revenue reports.",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["leadtrack.accounts.access.IsMember"],
    "SERVE_INCLUDE_SCHEMA": False,
    # Names for choices that several parts of the schema share; without them the generator invents some.
    "ENUM_NAME_OVERRIDES": {
        "LeadKindEnum": "leadtrack.leads.models.Lead.Kind",
        "PurchaseKindEnum": "leadtrack.deals.models.Purchase.Kind",
        "StageGroupEnum": "leadtrack.deals.models.Stage.Group",
        **{
            name: f"drf_standardized_errors.openapi_serializers.{name}"
            for name in (
                "ValidationErrorEnum",
                "ClientErrorEnum",
                "ServerErrorEnum",
                "ParseErrorCodeEnum",
                *(f"ErrorCode{status}Enum" for status in (401, 403, 404, 405, 406, 415, 429, 500)),
            )
        },
    },
    "POSTPROCESSING_HOOKS": ["drf_standardized_errors.openapi_hooks.postprocess_schema_enums"],
}

# --- background work (leadtrack/celery.py has the schedule) ------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    CELERY_BROKER_URL = "filesystem://localhost//"  # without a host, each connection logs a warning
CELERY_QUEUE = env.str("CELERY_QUEUE", default="leadtrack")

# --- logs ---------------------------------------------------------------------------------------------
LOGGING = logging_for(
    level=env.str("LOG_LEVEL", default="INFO"), as_json=env.bool("LOG_JSON", default=IS_PRODUCTION)
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Addresses of visitors are personal data: keep them out of the logs.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
