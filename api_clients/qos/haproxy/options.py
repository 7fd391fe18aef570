"""What the configuration of a HAProxy says beyond the address of its statistics."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

SOCKET_SCHEMES = ("unix", "tcp")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def is_socket(address: str) -> bool:
    return address.partition("://")[0] in SOCKET_SCHEMES


def _check_socket(address: str) -> str:
    url = urlsplit(address)
    if url.scheme == "unix" and url.path.startswith("/") and not url.netloc:
        return address
    if url.scheme == "tcp" and url.hostname and url.port and url.path == "":
        return address
    raise ValueError("should be unix:///run/haproxy/admin.sock or tcp://host:port")


def _check_url(address: str) -> str:
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("should be an http:// or https:// address with a host")
    if url.username is not None or url.query or url.fragment:
        raise ValueError("should hold neither a user nor a query")
    return address.rstrip("/")


PATH = r"^/[A-Za-z0-9._~/-]{0,200}"
HttpPath = Annotated[str, Field(pattern=rf"{PATH}$")]
StatsPath = Annotated[str, Field(pattern=rf"{PATH}(\?[A-Za-z0-9._~=&/-]{{1,100}})?$")]


class DataPlaneOptions(_Model):
    """The Data Plane API, version 3. Its password is given as password_file, password_env or password_encrypted."""

    url: Annotated[str, AfterValidator(_check_url)]
    username: str = Field(min_length=1, pattern=r"^[^:\s]+$")
    password: SecretStr


class HaproxyOptions(_Model):
    """`socket` is the stats socket, of level admin where servers are to be changed; without one, only what the
    statistics page tells is known. A target whose address is the socket itself needs none here. `stats_path` is what
    `stats uri` says; without one HAProxy's own is /haproxy?stats.
    """

    socket: Annotated[str, AfterValidator(_check_socket)] | None = None
    stats_path: StatsPath = "/stats"
    metrics_path: HttpPath = "/metrics"
    data_plane: DataPlaneOptions | None = None
