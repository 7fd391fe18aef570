"""Examples of modules for OpenAPI and docs/modules.md."""

from __future__ import annotations

from typing import Any

CITY = {
    "type": "object",
    "required": ["city"],
    "properties": {"city": {"type": "string"}},
    "additionalProperties": False,
}
WEATHER = {"type": "object", "required": ["celsius"], "properties": {"celsius": {"type": "number"}}}

REGISTRATION: dict[str, Any] = {
    "name": "weather",
    "version": "1.0.0",
    "description": "Knows the weather at our sites.",
    "callback_url": "http://127.0.0.1:9000/nms",
    "secret": "correct horse battery staple",
    "capabilities": [
        {
            "name": "weather.report",
            "description": "How warm it is there.",
            "input_schema": CITY,
            "output_schema": WEATHER,
            "timeout_seconds": 10,
            "role": "viewer",
        }
    ],
    "message_types": ["weather.note"],
    "subscriptions": [{"topics": ["device.*"], "priority": "normal"}],
}

CAPABILITY: dict[str, Any] = {
    "name": "weather.report",
    "module": "weather",
    "description": "How warm it is there.",
    "available": True,
    "input_schema": CITY,
    "output_schema": WEATHER,
    "timeout_seconds": 10.0,
    "role": "viewer",
    "queue": None,
}

MODULE: dict[str, Any] = {
    "name": "weather",
    "kind": "remote",
    "version": "1.0.0",
    "state": "active",
    "description": "Knows the weather at our sites.",
    "capabilities": [CAPABILITY],
    "message_types": ["weather.note"],
    "subscriptions": [{"topics": ["device.*"], "priority": "normal"}],
    "callback_url": "http://127.0.0.1:9000/nms",
    "registered_at": "2026-01-31T12:00:00Z",
    "registered_by": "admin",
    "heartbeat_at": "2026-01-31T12:30:00Z",
    "last_activity_at": "2026-01-31T12:29:41Z",
    "messages": 7,
    "errors": 0,
    "health": {"status": "healthy", "detail": ""},
    "health_at": "2026-01-31T12:30:00Z",
}

HEARTBEAT: dict[str, Any] = {"name": "weather", "state": "active", "recovered": False, "lost_after_seconds": 300.0}
