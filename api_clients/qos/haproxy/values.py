"""What HAProxy answers, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["frontend", "backend", "server", "listener"]
State = Literal["up", "down", "drain", "maint"]
AdminState = Literal["ready", "drain", "maint"]
Operation = Literal["stopped", "starting", "running", "stopping"]


@dataclass(frozen=True, slots=True)
class ProxyStatistics:
    """One row of the statistics. `proxy` is the frontend or backend; `name` is the server's or listener's in it,
    FRONTEND or BACKEND for itself.

    `status` is HAProxy's own text, such as UP 1/3 or MAINT (via app/s1); `state` is what it comes to: drain takes no
    new sessions, maint takes none. A server without a check is up. Limits and weights are None where there are none,
    and `address` is empty where HAProxy does not show it (over HTTP, without `stats show-legends`). Counters are since
    the start or the last clearing.
    """

    kind: Kind
    proxy: str
    name: str
    status: str
    state: State
    mode: str = ""
    address: str = ""
    weight: int | None = None
    is_backup: bool = False
    active_servers: int = 0
    backup_servers: int = 0
    sessions_current: int = 0
    sessions_max: int = 0
    sessions_limit: int | None = None
    sessions_total: int = 0
    sessions_per_second: int = 0
    queue_current: int = 0
    requests_total: int = 0
    received_bytes: int = 0
    sent_bytes: int = 0
    connection_errors: int = 0
    response_errors: int = 0
    retries: int = 0
    responses: Mapping[str, int] = field(default_factory=dict)
    check_status: str = ""
    check_description: str = ""
    last_change_seconds: int | None = None
    downtime_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a server should do and does, as `show servers state` tells. `weight` is the one in use, `initial_weight`
    that of the configuration; `admin` are the reasons why it should not work, none where it should.
    """

    backend: str
    server: str
    address: str
    port: int
    operation: Operation
    admin: tuple[str, ...]
    weight: int
    initial_weight: int
    last_change_seconds: int


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """`idle_percent` is the share of the processor's time that HAProxy did not need. `fields` is all that it said."""

    version: str
    released: str
    process: int
    threads: int
    uptime_seconds: int
    connections: int
    connections_limit: int
    connections_total: int
    requests_total: int
    connections_per_second: int
    sessions_per_second: int
    idle_percent: float
    pool_used_bytes: int
    tasks: int
    run_queue: int
    is_stopping: bool
    node: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """`id` names it while it lasts. `server` is empty while none is chosen; `age` is HAProxy's text, such as 1m2s."""

    id: str
    protocol: str
    source: str
    frontend: str
    backend: str
    server: str
    age: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class StickTable:
    name: str
    type: str
    size: int
    used: int


@dataclass(frozen=True, slots=True)
class StickTableEntry:
    """`data` are the counters by their names, such as http_req_rate(10000): in the last 10 000 ms."""

    key: str
    uses: int
    expires_seconds: float | None
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataPlaneInfo:
    version: str
    hostname: str
    cpus: int


@dataclass(frozen=True, slots=True)
class ConfiguredProxy:
    """A frontend or backend of the configuration. `balance` is a backend's algorithm."""

    name: str
    mode: str
    balance: str = ""
    default_backend: str = ""


@dataclass(frozen=True, slots=True)
class ConfiguredServer:
    name: str
    address: str
    port: int | None = None
    weight: int | None = None
    is_checked: bool = False
    is_backup: bool = False


@dataclass(frozen=True, slots=True)
class RuntimeServer:
    """A server as it runs, told by the Data Plane API."""

    name: str
    address: str
    port: int | None
    admin_state: str
    operational_state: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """Changes of the configuration that become true together; `version` is the one they start from."""

    id: str
    version: int
    status: str


@dataclass(frozen=True, slots=True)
class Reload:
    id: str
    status: str
    at: datetime | None
    response: str = ""
