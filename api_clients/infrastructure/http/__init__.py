"""HTTP on requests: the wire at the end of the chain, and the base of the clients that speak through it."""

from api_clients.infrastructure.client import as_done, as_json, as_stream, as_text
from api_clients.infrastructure.credentials import ApiKey, Basic, Bearer, Credentials
from api_clients.infrastructure.http.client import HttpClient
from api_clients.infrastructure.http.login import Login, LoginTransport, Token
from api_clients.infrastructure.http.transport import HttpTransport
from api_clients.infrastructure.wire import ConnectionSettings

__all__ = [
    "ApiKey",
    "Basic",
    "Bearer",
    "ConnectionSettings",
    "Credentials",
    "HttpClient",
    "HttpTransport",
    "Login",
    "LoginTransport",
    "Token",
    "as_done",
    "as_json",
    "as_stream",
    "as_text",
]
