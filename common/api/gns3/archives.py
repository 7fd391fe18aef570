"""Files in and out: what is no JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from common.api.gns3.base import Gns3View
from common.api.parsers import TooLarge

ARCHIVE = "application/zip"
PCAP = "application/vnd.tcpdump.pcap"
MAX_ARCHIVE_BYTES = 16 * 1024 * 1024  # what a client of api_clients sends at most (infrastructure/validation.py)
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")


class ArchiveParser(BaseParser):
    """The body as it is, of whatever media type; bounded, since it is held in memory."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(MAX_ARCHIVE_BYTES + 1)
        if len(body) > MAX_ARCHIVE_BYTES:
            raise TooLarge(f"An archive has at most {MAX_ARCHIVE_BYTES} bytes.")
        return body


class _OurChoice(BaseContentNegotiation):
    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class FileView(Gns3View):
    """Answers with a file, whatever the request accepts; its errors are JSON all the same."""

    content_negotiation_class = _OurChoice


def attachment(content: bytes, name: str, media_type: str) -> HttpResponse:
    return HttpResponse(content, content_type=media_type, headers=disposition(name))


def disposition(name: str) -> dict[str, str]:
    """The file's name for old and new browsers (RFC 6266)."""
    plain = _UNFIT.sub("_", name)
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"}
