"""Conditional GET: a strong ETag on every answer, 304 where the client has it already (RFC 9110, 8.8.3).

The validator is a hash of the bytes themselves: right by construction, for lists as well as details, and a fraction of
a millisecond for a page of 1,000 rows. What it saves is the transfer and the client's parsing.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response


class ConditionalGetMixin:
    """For APIView subclasses; put it before them."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc] # APIView's, by MRO
        if request.method in {"GET", "HEAD"} and isinstance(response, Response) and response.status_code == 200:
            response.add_post_render_callback(lambda rendered: _conditional(request, rendered))
        return response


def _conditional(request: Request, response: Any) -> HttpResponseBase | None:
    etag = f'"{blake2b(response.content, digest_size=16).hexdigest()}"'
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)  # caches ask again, with the ETag
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return get_conditional_response(request._request, etag=etag, response=response)
