"""Conditional GET: a strong ETag on every answer, 304 where the client has it already (RFC 9110).

The validator is a hash of the bytes themselves, so it is right by construction and costs microseconds; what it saves is
the transfer. A view with a cheaper truth (a version counter) overrides `etag_state` and saves the queries as well.
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

    def etag_state(self, request: Request) -> object | None:
        """A cheap value that changes with the answer, or None to hash the answer."""
        return None

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc] # APIView's, by MRO
        if request.method in {"GET", "HEAD"} and isinstance(response, Response) and response.status_code == 200:
            response.add_post_render_callback(lambda rendered: _conditional(request, rendered))
        return response


def _conditional(request: Request, response: Any) -> HttpResponseBase | None:
    etag = f'"{blake2b(response.content, digest_size=16).hexdigest()}"'
    response["ETag"] = etag
    patch_cache_control(response, private=True, no_cache=True)
    patch_vary_headers(response, ["Authorization", "Cookie"])
    return get_conditional_response(request._request, etag=etag, response=response)
