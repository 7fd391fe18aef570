"""Django settings: what nms/environment.py read, laid out as Django and its libraries expect it.

Nothing here asks which mode runs. DATABASE_URL and REDIS_URL decide where rows, messages and cache entries
live; the rest of the code cannot tell.
"""

import os
import secrets
from datetime import timedelta
from typing import Any

import dj_database_url
from celery.schedules import schedule
from kombu.entity import Exchange, Queue
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.domain.retention import parse_retention
from nms.environment import BASE_DIR, EnvironmentInvalid, read_environment
from nms.openapi import OPENAPI

NMS_VERSION = "0.1.0"
ENVIRONMENT = read_environment(os.environ)
DATA_DIR = ENVIRONMENT.data_dir


def _make_data_dir() -> None:
    try:
        DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds password hashes and the keys
    except OSError as error:
        raise EnvironmentInvalid(f"NMS_DATA_DIR: {DATA_DIR} cannot be made: {error.strerror}") from error


def _generated_secret(name: str) -> str:
    """Return the secret kept in the data folder, made at first use and readable by its owner alone."""
    path = DATA_DIR / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise EnvironmentInvalid(f"NMS_DATA_DIR: {path} cannot be read: {error.strerror}") from error
    _make_data_dir()
    temporary = path.with_name(f".{name}.{os.getpid()}")
    try:
        temporary.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise EnvironmentInvalid(f"NMS_DATA_DIR: {DATA_DIR} cannot be written: {error.strerror}") from error
    temporary.write_text(secrets.token_urlsafe(64))
    try:
        # link() fails where the file exists: two processes starting together agree on the first one's secret.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text().strip()


SECRET_KEY = ENVIRONMENT.secret_key.get_secret_value() if ENVIRONMENT.secret_key else _generated_secret("secret_key")
# A comma would split the one secret into a new key and an old one.
ENCRYPTION_KEY = (
    ENVIRONMENT.encryption_key.get_secret_value() if ENVIRONMENT.encryption_key else SECRET_KEY.replace(",", "")
)
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.trusted_origins

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "common",
    "nms.accounts",
    "nms.network_management",
    "nms.monitoring",
    "nms.dashboard",
]

MIDDLEWARE = [
    "common.api.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.infrastructure.static_files.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "nms.urls"
ASGI_APPLICATION = "nms.asgi.application"
APPEND_SLASH = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = True  # embedded mode serves static files without a collectstatic step
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]

# --- Where state lives ---

if ENVIRONMENT.database_url:
    DATABASES: dict[str, Any] = {
        "default": dj_database_url.parse(
            ENVIRONMENT.database_url.get_secret_value(),
            conn_max_age=0,  # ASGI serves each request in a thread of its own, whose connection nobody would use again
        )
    }
else:
    _make_data_dir()
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "nms.sqlite3",
            "OPTIONS": {
                # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at BEGIN, where waiting
                # for it works, rather than at the first write, where SQLite answers "locked" at once.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
                    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;"
                ),
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
            },
            # A file also in tests: an in-memory database shared by threads answers "locked" instead of waiting.
            "TEST": {"NAME": DATA_DIR / "test.sqlite3"},
        }
    }

REDIS_URL = ENVIRONMENT.redis_url.get_secret_value() if ENVIRONMENT.redis_url else None
if REDIS_URL:
    CACHES: dict[str, Any] = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            # A Redis that hangs must not hang a login with it: without these, redis-py waits and tries again for long.
            "OPTIONS": {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry": Retry(NoBackoff(), 0)},
        }
    }
    # For groups of WebSockets, of which there are none yet. No event passes through it: each process reads them from
    # the database (common/infrastructure/events/feed.py), so that none is lost with a layer or a Redis that goes away.
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            # The default of 300 would let guesses at many names push the counts of failed logins out.
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- Celery ---
# The database is the truth: what is to be done are rows, and Celery's messages only say "look". So the choices below
# may lose or repeat a message, and must never hold one up. docs/hub.md has them as a table.

CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_RESULT_BACKEND = None  # results live in the database rows of what the task worked on
CELERY_TASK_IGNORE_RESULT = True
# A message is done with when its task has ended, not when it began: a worker that is killed gives it back.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # also when only the pool's child was killed (out of memory)
# A task that hangs must not hold its worker for ever. Only a pool of processes can enforce it; work in threads
# (embedded, and the workers of docker-compose.yml) is bounded by the clients' own deadlines.
CELERY_TASK_SOFT_TIME_LIMIT = 3600
CELERY_TASK_TIME_LIMIT = 3660
# Redis gives a message that was not done with for so long to another worker. It must be longer than the longest task
# (the time limit), or that would be begun again while it runs; and it need not be short, because a killed worker's
# rows are found by their leases within seconds.
VISIBILITY_TIMEOUT_SECONDS = 2 * CELERY_TASK_TIME_LIMIT
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A broker that is away at the start or later is waited for, however long: a worker that gives up needs a person.
CELERY_BROKER_CONNECTION_RETRY = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Running tasks go on while the broker is away; their messages may come again, and find nothing left to do.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TASK_DEFAULT_QUEUE = "normal"
CELERY_TASK_QUEUES = [
    # Each with an exchange and key of its own; the default would bind every queue to the default queue's.
    Queue(name, Exchange(name), routing_key=name)  # type: ignore[no-untyped-call] # kombu is typed in part
    for name in ("critical", "high", "normal", "low", "discovery", "polling")
]
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
        # Without a limit a publish waits for ever on a Redis that hangs. More than the second that BRPOP waits.
        "socket_timeout": 5.0,
        "socket_connect_timeout": 5.0,
    }
    if REDIS_URL
    # The in-process transport polls; its default of one second would make every task wait (measured: 35 tasks/s
    # with the default, 2,700 tasks/s with 5 ms).
    else {"polling_interval": 0.005}
)
CELERY_TASK_PUBLISH_RETRY = False  # the row in the database is what counts, and beat wakes workers again
# A worker reserves no more than it has threads: a wake-up must not wait in one that is busy while another is free.
# (The embedded worker is alone, reserves all, and sorts it into lanes: common/infrastructure/workers/embedded_pool.py.)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "common.sweep",
        "schedule": schedule(timedelta(seconds=1)),
        "options": {"queue": "high", "expires": 1.5},  # one that waited longer is replaced by the next
    },
    "watch-devices": {
        "task": "network_management.watch_devices",
        "schedule": schedule(timedelta(seconds=ENVIRONMENT.watch_interval_seconds)),
        "options": {"queue": "polling", "expires": ENVIRONMENT.watch_interval_seconds},
    },
    "monitor-system": {
        "task": "common.orchestrate_system_monitoring",
        "schedule": schedule(timedelta(seconds=ENVIRONMENT.monitoring_interval_seconds)),
        "options": {"queue": "normal", "expires": ENVIRONMENT.monitoring_interval_seconds},
    },
    "discover-services": {  # in containers and the settings; the network is looked at when people ask
        "task": "common.discover_services",
        "schedule": schedule(timedelta(minutes=5)),
        "options": {"queue": "discovery", "expires": 300.0},
    },
    "collect-overview": {
        "task": "monitoring.collect_overview",
        "schedule": schedule(timedelta(seconds=ENVIRONMENT.overview_interval_seconds)),
        "options": {"queue": "polling", "expires": ENVIRONMENT.overview_interval_seconds},
    },
    "clean-up": {
        "task": "common.cleanup",
        "schedule": schedule(timedelta(minutes=5)),
        "options": {"queue": "low", "expires": 300.0},
    },
    "retain-events": {
        "task": "common.retain_events",
        "schedule": schedule(timedelta(hours=1)),
        "options": {"queue": "low", "expires": 3600.0},
    },
    "expire-links": {
        "task": "network_management.expire_links",
        "schedule": schedule(timedelta(minutes=5)),
        "options": {"queue": "low"},
    },
}

# --- REST ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["common.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["common.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.OrjsonParser"],
    "URL_FORMAT_OVERRIDE": None,  # Accept says it; ?format= would be an unknown parameter
    "DEFAULT_PAGINATION_CLASS": "common.api.pagination.PagePagination",
    "DEFAULT_FILTER_BACKENDS": ["common.api.filters.StrictFilterBackend", "common.api.filters.StrictOrderingFilter"],
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.NmsAutoSchema",
    "EXCEPTION_HANDLER": "common.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {**OPENAPI, "VERSION": NMS_VERSION}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "CHECK_REVOKE_TOKEN": True,  # another password ends the tokens that the old one got
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Safety ---

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come over plain HTTP from inside
AUTHENTICATION_BACKENDS = ["nms.accounts.backends.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
if ENVIRONMENT.production and ENVIRONMENT.tls:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

LOGGING_CONFIG = "common.infrastructure.logs.configure"
LOGGING = {"level": ENVIRONMENT.log_level, "format": ENVIRONMENT.log_format}

# --- What the modules read ---

NMS_CLIENTS_FILE = ENVIRONMENT.clients_file
NMS_LAB = ENVIRONMENT.lab
NMS_CONSOLE_IDLE_SECONDS = ENVIRONMENT.console_idle_seconds
NMS_DISCOVERY_RANGES = ENVIRONMENT.discovery_ranges
NMS_DISCOVERY_MAX_ADDRESSES = ENVIRONMENT.discovery_max_addresses
NMS_WATCH_INTERVAL_SECONDS = ENVIRONMENT.watch_interval_seconds
NMS_WATCH_MISSES = ENVIRONMENT.watch_misses
NMS_LINK_EXPIRY_SECONDS = ENVIRONMENT.link_expiry_seconds
NMS_LAB_TEMPLATES = ENVIRONMENT.lab_templates
NMS_MONITORING_INTERVAL_SECONDS = ENVIRONMENT.monitoring_interval_seconds
NMS_SERVICE_SLOW_SECONDS = ENVIRONMENT.service_slow_seconds
NMS_OVERVIEW_INTERVAL_SECONDS = ENVIRONMENT.overview_interval_seconds
NMS_KEEP_SERVICE_HISTORY_DAYS = ENVIRONMENT.keep_service_history_days
NMS_KEEP_MESSAGES_DAYS = ENVIRONMENT.keep_messages_days
NMS_KEEP_DEAD_LETTERS_DAYS = ENVIRONMENT.keep_dead_letters_days
NMS_KEEP_RUNS_DAYS = ENVIRONMENT.keep_runs_days
NMS_KEEP_TASKS_DAYS = ENVIRONMENT.keep_tasks_days
NMS_WORKER_METRICS_PORT = ENVIRONMENT.worker_metrics_port
NMS_WORKER_METRICS_HOST = ENVIRONMENT.worker_metrics_host
NMS_MODULE_LOST_SECONDS = ENVIRONMENT.module_lost_seconds
NMS_EVENT_RETENTION = parse_retention(ENVIRONMENT.event_retention)
