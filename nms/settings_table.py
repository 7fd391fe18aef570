"""docs/settings.md, written from the table in nms/environment.py by `make docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from nms.environment import BASE_DIR, Environment, is_secret

INTRODUCTION = """\
# Settings

NMS reads its settings from the environment. A value that does not parse, or a name that does not exist, stops the
start with a message naming the variable. A secret may stand in a file instead: `NAME_FILE` holds its path.

Services may be configured by variables alone: `NMS_CLIENT_<SERVICE>_<TARGET>_URL` with `_TOKEN`, `_TOKEN_FILE`,
`_USERNAME`, `_PASSWORD`, `_PASSWORD_FILE` or `_CA_FILE`, as in `NMS_CLIENT_GRAFANA_MAIN_URL=https://grafana:3000`
([the clients](api_clients.md#configuration)). A file (`NMS_CLIENTS_FILE`) can say more, and take values from the
environment.

`make docs` writes this table from `nms/environment.py`.

| Variable | Default | Meaning |
|---|---|---|
"""


def settings_page() -> str:
    """Return docs/settings.md as it should be."""
    return INTRODUCTION + "".join(f"{row}\n" for row in _rows())


def _rows() -> Iterator[str]:
    for field in Environment.model_fields.values():
        secret = " or `_FILE`" if is_secret(field) else ""
        yield f"| `{field.alias}`{secret} | {_default(field)} | {_cell(field.description or '')} |"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is None or value in ([], {}):
        return "none"
    if isinstance(value, bool):
        return f"`{int(value)}`"
    if isinstance(value, Path):
        return f"`{value.relative_to(BASE_DIR)}`"
    if isinstance(value, list | tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(settings_page())
