"""Finds in an error's body what the service itself said, for most of them say it in one of a few ways."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_CHARACTERS = 300
# In the order of trust. Prometheus and Django say error or detail, Grafana, GNS3 and Kibana message, Elasticsearch
# error.reason, RFC 9457 detail and title.
KEYS = ("message", "detail", "reason", "error", "errors", "title", "description", "msg")
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def service_message(body: bytes, content_type: str) -> str:
    """Return one line of at most 300 characters, empty where the body says nothing."""
    text = body.decode("utf-8", errors="replace").strip()
    if not text:
        return ""
    if "html" in content_type or text[:1] == "<":
        title = TITLE.search(text)
        return _line(title.group(1) if title else TAG.sub(" ", text))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _line(text)
    return _line(_said(document, depth=0) or text)


def _said(document: Any, *, depth: int) -> str:
    if isinstance(document, str):
        return document
    if depth > 4:
        return ""
    if isinstance(document, list):
        return "; ".join(filter(None, (_said(item, depth=depth + 1) for item in document[:3])))
    if isinstance(document, dict):
        for key in KEYS:
            said = _said(document.get(key), depth=depth + 1)
            if said:
                return said
    return ""


def _line(text: str) -> str:
    line = " ".join(UNPRINTABLE.sub(" ", text).split())
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 3] + "..."
