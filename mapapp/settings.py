"""Settings: secrets and addresses from the environment, the city from its TOML file.

Each value is read once, with its default, unit and reason beside it.
"""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from mapapp.city import read_city
from mapapp.embed_hosts import ANYBODY, checked_hosts
from mapapp.storage import add_static_headers

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"  # what an installation owns: keys, photos, mails, the private cluster
env = environ.Env()


def boolean(name: str, default: bool) -> bool:
    """A strict boolean from the environment: unknown text raises rather than meaning False."""
    text = env.str(name, default="1" if default else "0").strip().lower()
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off", ""}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}")


def wheel_library(package: str, pattern: str) -> str | None:
    """The shared library that a wheel brings beside `package`, or None where it was built against the system's."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    found = sorted(Path(spec.origin).parent.parent.glob(f"{package}.libs/{pattern}"))
    return str(found[0]) if found else None


# --- GDAL and GEOS come with the wheels; their data folders must be known before Django loads GDAL.
GDAL_LIBRARY_PATH = env.str("GDAL_LIBRARY_PATH", default=wheel_library("pyogrio", "libgdal*.so*"))
GEOS_LIBRARY_PATH = env.str("GEOS_LIBRARY_PATH", default=wheel_library("shapely", "libgeos_c*.so*"))
_pyogrio = find_spec("pyogrio")
if _pyogrio and _pyogrio.origin:
    os.environ.setdefault("GDAL_DATA", str(Path(_pyogrio.origin).parent / "gdal_data"))
    os.environ.setdefault("PROJ_DATA", str(Path(_pyogrio.origin).parent / "proj_data"))
# A file that calls itself GeoJSON may hold a VRT that reads local files and the network (docs/decisions).
os.environ.setdefault("GDAL_SKIP", "OGR_VRT,GDALG,WFS,OAPIF,HTTP,CSW,Elasticsearch,PLSCENES,AmigoCloud,Carto,NGW,EEDA")

# --- What this process is
DEBUG = boolean("DEBUG", False)
DEMO = boolean("DEMO", False)  # demo mails readable at /demo/mail/, only on loopback
TESTING = boolean("TESTING", False)


def installation_secret(name: str) -> str:
    """A random secret of this installation, made once and kept in var/, readable by its owner alone."""
    path = VAR_DIR / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="") or installation_secret("secret_key")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Mails and feeds are written outside requests, so they must be told where the site is.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many, from the right of X-Forwarded-For

# --- The city
CITY_FILE = BASE_DIR / env.str("CITY_FILE", default="city/espoo.toml")
CITY = read_city(CITY_FILE)
METRIC_SRID = CITY.metric_srid
# The keys that neighbours issued to us, by the address of their door.
NEIGHBOUR_API_KEYS = {
    neighbour.open311.url: env.str(neighbour.open311.api_key_env, default="")
    for neighbour in CITY.neighbours
    if neighbour.open311 and neighbour.open311.api_key_env
}
BASEMAP = env.str("BASEMAP", default=CITY.basemap)
BASEMAP_KEY = env.str("BASEMAP_KEY", default="")  # some tile services want a key

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "leaflet",
    "ninja",
    "csp",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "layers",
    "actors",
    "proposals",
    "geodata",
    "mapapp",
]

MIDDLEWARE = [
    "mapapp.middleware.MachineDoors",  # clusters and tiles answer before session, locale and auth
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "mapapp.basemaps.BasemapPolicy",
    "mapapp.middleware.BodyLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "mapapp.middleware.LanguageParameter",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "actors.middleware.SecondFactor",
    "actors.middleware.PrivatePages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mapapp.urls"
WSGI_APPLICATION = "mapapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mapapp.context_processors.city",
            ],
        },
    },
]

# --- Database: DATABASE_URL, else the private cluster that scripts/db started
_private_url = VAR_DIR / "database_url"
DATABASE_URL = env.str(
    "DATABASE_URL",
    default=_private_url.read_text().strip() if _private_url.exists() else "",
)
DATABASES = {"default": env.db_url_config(DATABASE_URL or "postgis:///osallisuuskartta")}
DATABASES["default"] |= {
    "ENGINE": "django.contrib.gis.db.backends.postgis",
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),  # seconds; opening one for each request costs 8 x
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 5,  # seconds
        # A page that waits longer than this would be reloaded by its reader anyway; milliseconds. At 200,000 proposals
        # compiling the query of the counts takes 1.8 s, running it 0.5: jit=off.
        "options": "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=60000 -c jit=off",
    },
    "TEST": {"NAME": env.str("TEST_DATABASE_NAME", default="test_osallisuuskartta")},
}
# The serving process alone has limits (mapapp/wsgi.py asks for them): imports, migrations and workers take their time.
if not boolean("STATEMENT_LIMITS", False):
    DATABASES["default"]["OPTIONS"]["options"] = "-c jit=off"  # matching 10,000 events: 0.7 s, and 1.1 to compile it
SILENCED_SYSTEM_CHECKS = ["models.W045"]  # geometry CHECKs are the database's; forms validate in layers.drawing
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People
AUTH_USER_MODEL = "actors.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",  # permissions; no page asks for a password
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
LOGOUT_REDIRECT_URL = "/"
# Whoever has staff rights signs in with a second factor; the demo's staff have no phone at hand.
STAFF_SECOND_FACTOR = boolean("STAFF_SECOND_FACTOR", not DEMO)
SESSION_COOKIE_AGE = 14 * 24 * 3_600  # seconds

# --- Signing in: an address and six digits by mail (docs/decisions/2026-11-24-accounts-by-mailed-codes.md)
ACCOUNT_ADAPTER = "actors.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # seconds
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code proves the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a stranger's address gets no mail, and the page is the same
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60  # seconds
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"request_login_code": "20/m/ip,6/h/key"}  # key: the address
ACCOUNT_FORMS = {
    "request_login_code": "actors.account_forms.SignInForm",
    "confirm_login_code": "actors.account_forms.SignInCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = CITY.product_name
MFA_FORMS = {
    "authenticate": "actors.second_factor_forms.SecondFactorForm",
    "reauthenticate": "actors.second_factor_forms.SecondFactorAgainForm",
    "activate_totp": "actors.second_factor_forms.ActivateForm",
}

# --- A city's own sign-in by OpenID Connect, off unless its server is named. It makes no accounts: it opens those whose
# address it has verified.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
SOCIALACCOUNT_ADAPTER = "actors.adapters.CityAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}}
if OIDC_SERVER_URL:
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": "city",
            "name": env.str("OIDC_NAME", default=CITY.name),
            "client_id": env.str("OIDC_CLIENT_ID"),
            "secret": env.str("OIDC_SECRET"),
            "settings": {"server_url": OIDC_SERVER_URL},
        }
    )

# What allauth counts (tries, codes asked for) is shared by all processes, under its own lock; the table is a migration's.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache_entries"}}

# --- Languages
LANGUAGE_NAMES = {
    "fi": "Suomi",
    "sv": "Svenska",
    "en": "English",
}  # each by its own name
LANGUAGES = [(code, LANGUAGE_NAMES.get(code, code)) for code in CITY.languages]
LANGUAGE_CODE = CITY.languages[0]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["mapapp.formats"]  # dates as English and Swedish are written here
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = CITY.timezone
USE_TZ = True

# --- Files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_ADD_HEADERS_FUNCTION = add_static_headers
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "photos")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mapapp.storage.ModuleStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes; JSON has a tighter limit of its own
# Three photos that are too large still reach the form, so that it can say so and keep the text.
REQUEST_MAX_BYTES = 100 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes; larger photos go to a temporary file

# --- Mail: the worker sends it; the demo keeps it in files
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="filemail:")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG.get("EMAIL_HOST", "")
EMAIL_PORT = EMAIL_CONFIG.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = EMAIL_CONFIG.get("EMAIL_HOST_USER", "") or ""
EMAIL_HOST_PASSWORD = EMAIL_CONFIG.get("EMAIL_HOST_PASSWORD", "") or ""
EMAIL_USE_TLS = EMAIL_CONFIG.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = EMAIL_CONFIG.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20  # seconds
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH", default=str(VAR_DIR / "mail"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="osallisuuskartta@localhost")

# --- Security
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"  # OSM's tiles refuse a request without a referrer
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0  # a year
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mapapp.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
# Sites that may frame /embed/map and /embed/list, which know no person; nobody but they, and no other page, may be framed.
EMBED_HOSTS = checked_hosts(env.list("EMBED_HOSTS", default=[ANYBODY] if DEMO else list(CITY.embed_hosts)))
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": [
            "'self'",
            "data:",
            "blob:",
        ],  # base maps are added per page by mapapp.basemaps
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "frame-src": ["'self'"],
        "worker-src": ["'self'"],
        # Chromium holds this over redirects too, so a city's sign-in must be in it.
        "form-action": [
            "'self'",
            *([f"{urlsplit(OIDC_SERVER_URL).scheme}://{urlsplit(OIDC_SERVER_URL).netloc}"] if OIDC_SERVER_URL else []),
        ],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- Leaflet: the package ships its files; our own modules draw the map
LEAFLET_CONFIG = {"TILES": [], "NO_GLOBALS": True}

# --- Terms and limits that a city may change
TERMS_VERSION = env.str("TERMS_VERSION", default="2026-11")  # stored with each proposal
SUBMISSIONS_PER_DEVICE_PER_HOUR = env.int("SUBMISSIONS_PER_DEVICE_PER_HOUR", default=20)
SUBMISSIONS_PER_ADDRESS_PER_HOUR = env.int("SUBMISSIONS_PER_ADDRESS_PER_HOUR", default=200)
FORM_MIN_SECONDS = env.int("FORM_MIN_SECONDS", default=3)  # a proposal sent sooner waits for a moderator; 0 is off
PROOF_OF_WORK_ROUNDS = env.int(
    "PROOF_OF_WORK_ROUNDS", default=5_000
)  # at most, by the browser before it sends; 0 is off
UPLOADS_PER_ADDRESS_PER_HOUR = env.int("UPLOADS_PER_ADDRESS_PER_HOUR", default=100)
# Hosts (name or name:port) that the house asks although they stand at private addresses, by plain http too. None is usual.
FETCH_INNER_HOSTS = env.list("FETCH_INNER_HOSTS", default=[])
# Hosts of neighbours whose OGC API Features may be shown here as layers; an administrator names the collections.
NEIGHBOUR_HOSTS = env.list("NEIGHBOUR_HOSTS", default=[])
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # opens /metrics to the monitoring; without one it is closed
EXPORTS_AT_ONCE = env.int("EXPORTS_AT_ONCE", default=4)
EXPORT_ROWS_AT_ONCE = env.int(
    "EXPORT_ROWS_AT_ONCE", default=200_000
)  # of more rows the worker makes files that do not stream
EXPORT_JOBS_PER_ADDRESS_PER_HOUR = env.int("EXPORT_JOBS_PER_ADDRESS_PER_HOUR", default=20)
EXPORT_ROOT = Path(env.str("EXPORT_ROOT", default=str(VAR_DIR / "exports")))  # files that the worker made, for a day
IMPORT_ROOT = Path(
    env.str("IMPORT_ROOT", default=str(VAR_DIR / "imports"))
)  # planners' files, until they are in, or for a day
IMPORT_MAX_BYTES = env.int(
    "IMPORT_MAX_BYTES", default=90 * 1024**2
)  # below REQUEST_MAX_BYTES, which the whole form may have
# Hosts (name or name:port) that files and layers (WFS, OGC API Features) may be fetched from. None is usual.
IMPORT_HOSTS = env.list("IMPORT_HOSTS", default=[])
REPORTS_PER_ADDRESS_PER_HOUR = env.int("REPORTS_PER_ADDRESS_PER_HOUR", default=200)  # /planning/map.html is drawn anew

# `name:port` of receivers of webhooks that may stand at private addresses and speak plain http: services of the same house.
WEBHOOK_INNER_HOSTS = env.list("WEBHOOK_INNER_HOSTS", default=[])

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
