"""Secrets that the server shows although it masks others: in addresses, in headers, and in parameters of scrapes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from api_clients.infrastructure.masking import SECRET, SECRET_NAME, without_url_secrets
from api_clients.monitoring.prometheus.values import LabelSet

PARAMETER = "__param_"
_KEY = re.compile(r"^( *)(- )?([^\s:][^:]*):(?: (.*))?$")
_ITEM = re.compile(r"^( *- )(.+)$")


def masked_configuration(text: str) -> str:
    """Mask the values of all headers, of parameters named like secrets, and what stands in addresses.

    Works line by line, for the server writes its YAML always in the same way, and some configurations have megabytes.
    """
    return without_url_secrets("\n".join(_masked_lines(text.split("\n"))))


def masked_url(url: str) -> str:
    return without_url_secrets(url) if SECRET_NAME.search(url) or "@" in url else url


def masked_labels(labels: LabelSet) -> LabelSet:
    return {
        name: SECRET if name.startswith(PARAMETER) and SECRET_NAME.search(name) else value
        for name, value in labels.items()
    }


def _masked_lines(lines: list[str]) -> Iterator[str]:
    block, block_indent, is_secret = "", -1, False  # `headers` or `params`, and whether its key under way is a secret
    for line in lines:
        key = _KEY.match(line)
        indent = len(line) - len(line.lstrip(" "))
        if block and indent <= block_indent and line.strip():
            block = ""
        if key and key[3] in ("headers", "params") and not key[4]:
            block, block_indent, is_secret = key[3], indent + len(key[2] or ""), False
        elif block and key and not key[2]:
            is_secret = block == "headers" or SECRET_NAME.search(key[3]) is not None
            if is_secret and key[4]:
                line = f"{key[1]}{key[3]}: {SECRET}"
        elif block and is_secret and (item := _ITEM.match(line)):
            line = f"{item[1]}{SECRET}"
        yield line
