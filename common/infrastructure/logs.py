"""Logging: structlog for us, and the standard library's loggers (Django, uvicorn, Celery) through the same formatter.

One line for each event, for people (console) or collectors (json); the request id and other bound values stand in
every line; values under names such as `password` or `token` are masked, wherever they come from.
"""

from __future__ import annotations

import logging
import logging.config
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

MASK = "***"
_SECRET_NAME = re.compile(
    r"pass(word|wd|phrase)|secret|community|(^|_)token|authorization|cookie|api_?key|priv(acy)?_key|auth_key", re.I
)
_SECRET_IN_TEXT = re.compile(
    r"(?i)([\w-]*(?:pass(?:word|wd|phrase)|secret|token|community|api_?key|authorization)[\w-]*['\"]?\s*[=:]\s*['\"]?"
    r"(?:(?:bearer|basic)\s+)?)[^\s&'\",;}]+"
)
_URL_PASSWORD = re.compile(r"(\w+://[^\s:/@]*:)[^\s@/]+@")


def configure(options: Mapping[str, Any]) -> None:
    """Set up all logging; `options` is settings.LOGGING, {"level", "format"}. Django calls it at start."""
    shared = _shared_processors()
    as_json = options["format"] == "json"
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "lines": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": _final_processors(as_json),
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                name: {"level": level, "handlers": [], "propagate": True}
                for name, level in (_THIRD_PARTY | dict.fromkeys(_OURS, "NOTSET")).items()
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def say_only_warnings() -> None:
    """For a command whose output says what INFO would."""
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.WARNING)


_OURS = ("api_clients", "common", "nms")

# What these say at INFO (each task received, each connection opened) is noise beside our own lines.
_THIRD_PARTY = {
    "asyncio": "WARNING",
    "celery": "WARNING",
    "celery.worker.strategy": "WARNING",
    "django.request": "ERROR",  # refused requests have their line from RequestIdMiddleware
    "django.security.DisallowedHost": "CRITICAL",  # anyone can cause it; the request's line shows the 400
    "django.server": "WARNING",
    "kombu": "WARNING",
    "uvicorn": "WARNING",
    "uvicorn.access": "WARNING",
    "uvicorn.error": "WARNING",
    "urllib3": "WARNING",
}


def _shared_processors() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _final_processors(as_json: bool) -> list[Any]:
    """What is done to every line, ours or not, at the very end; masking sees tracebacks as well (without locals)."""
    render = (
        structlog.processors.JSONRenderer(default=str)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        mask_secrets,
        render,
    ]


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask values by their name, and what looks like a secret inside the text of the line."""
    for name, value in event.items():
        event[name] = _masked(name, value)
    return event


def _masked(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name) and value not in (None, ""):
        return MASK
    if isinstance(value, Mapping):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked("", inner) for inner in value]
    return mask_text(value) if isinstance(value, str) else value


def mask_text(text: str) -> str:
    return _URL_PASSWORD.sub(rf"\g<1>{MASK}@", _SECRET_IN_TEXT.sub(rf"\g<1>{MASK}", text))
