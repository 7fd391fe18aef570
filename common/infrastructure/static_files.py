"""WhiteNoise under ASGI: answers with the file's bytes rather than a synchronous iterator over them.

Django would consume such an iterator anyway, and warn about it for each file. Ours are small.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc] # it ships no types
    def add_files(self, root: str, prefix: str | None = None) -> None:
        """Without collectstatic, the normal case of the embedded mode, WhiteNoise would warn at each start."""
        if Path(root).is_dir():
            super().add_files(root, prefix)

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response
