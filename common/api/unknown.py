"""Errors from outside the API's views, in the API's shape: unknown paths, refused hosts, crashes of middleware."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from common.api.errors import error_response

PREFIX = "/api/"


@csrf_exempt
def unknown_path(request: HttpRequest) -> HttpResponse:
    """404 for what no other pattern under /api/ took; a GET that only lacks the last slash is sent on."""
    if not request.path.endswith("/") and _exists(f"{request.path}/"):
        if request.method in {"GET", "HEAD"}:
            return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
        return _not_found(request, f"Paths end with a slash here: {request.path}/")
    return _not_found(request, f"There is nothing at {request.path}; /api/docs/ lists what there is.")


def _exists(path: str) -> bool:
    try:
        return resolve(path).func is not unknown_path
    except Resolver404:
        return False


def _not_found(request: HttpRequest, message: str) -> HttpResponse:
    return error_response(request, status_code=404, code="unknown_path", message=message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith(PREFIX):
        return defaults.bad_request(request, exception)
    return error_response(request, status_code=400, code="bad_request", message="The request was refused.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith(PREFIX):
        return defaults.permission_denied(request, exception)
    return error_response(request, status_code=403, code="permission_denied", message="This is not allowed.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path.startswith(PREFIX):
        return defaults.page_not_found(request, exception)
    return unknown_path(request)


def server_error(request: HttpRequest) -> HttpResponse:
    if not request.path.startswith(PREFIX):
        return defaults.server_error(request)
    message = "Something went wrong here; the log has the details under this request id."
    return error_response(request, status_code=500, code="internal_error", message=message)
