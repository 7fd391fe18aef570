"""What a target that is accepted over REST may not refer to: secrets of the hub itself, which it would send out.

Whoever may accept a proposal says where the secret for it stands, and the service may be his. Were it the hub's own
key, the service would be told it at the first question, and he could sign in as anybody. Who edits the clients' file by
hand has the hub's secrets already, so nothing is refused there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from common.domain.errors import Invalid

CONNECTIONS = ("DATABASE_URL", "REDIS_URL")
OF_CLIENTS = "NMS_CLIENT_"
KERNEL = Path("/proc")  # /proc/self/environ has every setting


def refuse_own_secrets(document: Mapping[str, Any]) -> None:
    """Raises Invalid, naming the key; before anything is read."""
    for key, text in _texts(document, ""):
        if "${" in text:
            raise _refusal(key, "takes no ${NAME}: write a reference to the environment into the file by hand")
    auth = document.get("auth", {})
    for name in (name for name in auth if isinstance(auth[name], str)):
        if name.endswith("_env") and is_own_setting(auth[name]):
            raise _refusal(f"auth.{name}", f"{auth[name]:.100} is a setting of the hub, which no service may be told")
        if name.endswith("_file"):
            _refuse_file(f"auth.{name}", Path(auth[name]))


def refuse_own_key(secret: str) -> None:
    """The same of what a reference leads to, whatever it is called. Raises Invalid."""
    own = {settings.SECRET_KEY, *settings.ENCRYPTION_KEY.split(",")} - {""}
    if any(key in secret for key in own):
        raise _refusal("auth", "leads to a key of the hub, which no service may be told")


def is_own_setting(variable: str) -> bool:
    """Whether a variable of the environment is the hub's; those of the clients' targets are theirs."""
    name = variable.upper().removesuffix("_FILE")
    return name in CONNECTIONS or (name.startswith("NMS_") and not name.startswith(OF_CLIENTS))


def _refuse_file(key: str, path: Path) -> None:
    try:
        place = path.resolve()
        special = place.exists() and not place.is_file()
    except (OSError, RuntimeError, ValueError):  # too long, a circle of links, a NUL: the configuration's to refuse
        return
    if special:
        raise _refusal(key, "should be a plain file")
    if any(place.is_relative_to(folder) for folder in (KERNEL, Path(settings.DATA_DIR).resolve())):
        raise _refusal(key, "is the hub's own, which no service may be told")
    if any(_is_same(place, Path(named)) for named in _own_files()):
        raise _refusal(key, "holds a setting of the hub, which no service may be told")


def _own_files() -> Iterator[str]:
    return (value for name, value in os.environ.items() if name.endswith("_FILE") and value and is_own_setting(name))


def _is_same(place: Path, other: Path) -> bool:
    """By another link or name too."""
    try:
        return place == other.resolve() or place.samefile(other)
    except (OSError, RuntimeError, ValueError):
        return False


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield key, value
        case Mapping():
            for name, inner in value.items():
                below = f"{key}.{name}" if key else str(name)
                yield below, str(name)
                yield from _texts(inner, below)
        case list() | tuple():
            for index, inner in enumerate(value):
                yield from _texts(inner, f"{key}.{index}")


def _refusal(key: str, message: str) -> Invalid:
    details = ({"field": key, "code": "own_secret", "message": message},)
    return Invalid(f"{key}: {message}", code="own_secret", details=details)
