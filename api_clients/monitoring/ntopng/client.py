"""ntopng over its REST v2: interfaces, hosts, flows, statistics and alerts.

It sends whom it does not know to its login page, which is Unauthorized here. A login is a name and a password, or a
token (kind bearer, scheme Token). Sources: scripts/lua/rest/v2 of ntopng, and recorded answers of a 5.7.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeVar

from api_clients.domain.alerts import Alert
from api_clients.domain.errors import InvalidRequest, ServiceError, Unauthorized
from api_clients.domain.figures import Figure
from api_clients.domain.health import Health
from api_clients.domain.operation import operation
from api_clients.domain.values import Response
from api_clients.infrastructure.client import ParamValue
from api_clients.infrastructure.http import as_text
from api_clients.monitoring.ntopng import reading, reading_alerts
from api_clients.monitoring.ntopng.answers import as_records, as_rsp, refused
from api_clients.monitoring.ntopng.constants import FOLDER, Constants
from api_clients.monitoring.ntopng.overview import alert_of, figures_of
from api_clients.monitoring.ntopng.values import (
    ActiveFlow,
    ActiveHost,
    AlertCounter,
    AlertPage,
    AlertStatus,
    BroadcastDomain,
    Family,
    HostData,
    Interface,
    InterfaceData,
    L4Counter,
    L7Counter,
    NtopngAlert,
    Share,
)

T = TypeVar("T")
Seen = TypeVar("Seen", ActiveHost, ActiveFlow)
Order = Literal["asc", "desc"]
HostSort = Literal["ip", "name", "since", "last", "alerts", "country", "vlan", "num_flows", "traffic", "thpt"]
FlowSort = Literal["client", "server", "vlan", "duration", "thpt", "bytes", "last_seen", "first_seen"]
HostMode = Literal["all", "local", "remote", "broadcast_domain", "filtered", "blacklisted", "dhcp"]
PAGE = 100
MOST_ROWS = 10_000  # of one answer; a hundred pages
ENGAGING: tuple[Family, ...] = ("host", "interface", "network")  # flows that are active are not engaged, but alerted
SYSTEM_IFID = -1
VERSION = re.compile(r"ntopng[ /](\S+)")
LOGIN_PAGES = ("/lua/login.lua", "/lua/change_password_prompt.lua")


class NtopngClient(Constants):
    service = "ntopng"
    examples: ClassVar[Mapping[str, Any]] = {"ifid": 0, "host": "192.168.1.93"}

    def _health(self) -> Health:
        count, version = self._get(FOLDER + "ntopng/interfaces.lua", read=_interfaces_and_version)
        if count == 0:
            return Health("degraded", version, "no interface is being watched")
        return Health(version=version)

    def redirected(self, response: Response) -> ServiceError:
        page = response.headers.get("location", "").partition("?")[0]
        if page.endswith(LOGIN_PAGES):
            return Unauthorized(f"sent us to {page}: it wants another login", status=response.status)
        return super().redirected(response)

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        return refused(error, body)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def interfaces(self) -> tuple[Interface, ...]:
        """List the interfaces that ntopng watches."""
        return self._get(FOLDER + "ntopng/interfaces.lua", read=as_rsp(reading.interfaces))

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, lane="monitoring")
    def interface_data(self, ifid: int) -> InterfaceData:
        """Tell traffic, flows, hosts and alerts of one interface."""
        return self._ask("interface/data", reading.interface_data, ifid=ifid)

    @operation(idempotent=True, role="viewer", cache_seconds=60.0)
    def interface_addresses(self, ifid: int) -> tuple[str, ...]:
        """List the addresses of one interface; one that reads a file has none."""
        return self._ask("interface/address", reading.addresses, ifid=ifid)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def broadcast_domains(self, ifid: int) -> tuple[BroadcastDomain, ...]:
        """List the networks seen in broadcasts at one interface."""
        return self._ask("interface/bcast_domains", reading.broadcast_domains, ifid=ifid)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def interface_l7_statistics(
        self, ifid: int, *, by: Literal["count", "sinceStartup"] = "sinceStartup", breed: bool = False
    ) -> tuple[Share, ...]:
        """Tell active flows (`count`) or bytes (`sinceStartup`) by application, or by nDPI's judgement of it."""
        return self._ask("interface/l7/stats", reading.shares, ifid=ifid, ndpistats_mode=by, breed=breed or None)

    @operation(idempotent=True, role="viewer")
    def active_hosts(
        self,
        ifid: int,
        *,
        limit: int = 1000,
        sort: HostSort = "traffic",
        order: Order = "desc",
        mode: HostMode = "all",
        vlan: int | None = None,
    ) -> tuple[ActiveHost, ...]:
        """List the hosts that are active, page by page within one deadline, the most traffic first."""
        params: dict[str, ParamValue] = {"ifid": ifid, "sortColumn": sort, "sortOrder": order, "mode": mode}
        return self._pages("host/active", reading.active_hosts, {**params, "vlan": vlan}, limit)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def host_data(self, ifid: int, host: str) -> HostData:
        """Tell all of one host: an address, or address@vlan. Raises Rejected (404) where it was not seen lately."""
        return self._ask("host/data", reading.host_data, ifid=ifid, host=host)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0, example={"fields": ["ip", "bytes.rcvd=received"]})
    def host_fields(self, ifid: int, host: str, fields: Sequence[str]) -> Mapping[str, Any]:
        """Return the fields of a host that are named, as ntopng has them; "bytes.rcvd=received" renames one."""
        return self._ask("host/custom_data", reading.fields, ifid=ifid, host=host, field_alias=",".join(fields))

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def host_interfaces(self, host: str) -> tuple[int, ...]:
        """List the interfaces (ifid) that see a host."""
        return self._ask("host/interfaces", reading.interfaces_of_host, host=host)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def host_l7_statistics(self, ifid: int, host: str, *, breed: bool = False) -> tuple[Share, ...]:
        """Tell the bytes of a host by application, or by nDPI's judgement of it."""
        return self._ask("host/l7/stats", reading.shares, ifid=ifid, host=host, breed=breed or None)

    @operation(idempotent=True, role="viewer", cache_seconds=30.0)
    def host_mud(self, ifid: int, host: str) -> Mapping[str, Any] | None:
        """Return the usage description (RFC 8520) that ntopng made of a host's traffic; None where it made none."""
        return self._get(FOLDER + "host/mud.lua", params={"ifid": ifid, "host": host}, read=_mud)

    @operation(idempotent=True, role="viewer")
    def active_flows(
        self,
        ifid: int,
        *,
        limit: int = 1000,
        host: str | None = None,
        l4: int | None = None,
        application: str | None = None,
        vlan: int | None = None,
        sort: FlowSort = "bytes",
        order: Order = "desc",
    ) -> tuple[ActiveFlow, ...]:
        """List the flows that are active, page by page within one deadline, the largest first."""
        filters: dict[str, ParamValue] = {"host": host, "l4proto": l4, "application": application, "vlan": vlan}
        params = {"ifid": ifid, "sortColumn": sort, "sortOrder": order, **filters}
        return self._pages("flow/active", reading.active_flows, params, limit)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def l4_counters(self, ifid: int) -> tuple[L4Counter, ...]:
        """Count active flows by IP protocol."""
        return self._ask("flow/l4/counters", reading.l4_counters, ifid=ifid)

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def l7_counters(self, ifid: int) -> tuple[L7Counter, ...]:
        """Count active flows by application."""
        return self._ask("flow/l7/counters", reading.l7_counters, ifid=ifid)

    @operation(idempotent=True, role="viewer")
    def alerts(
        self,
        ifid: int,
        *,
        family: Family = "flow",
        status: AlertStatus = "any",
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> AlertPage:
        """List the alerts of one family, engaged or past; `since` and `until` go together."""
        if (since is None) != (until is None):
            raise InvalidRequest("since and until go together")
        if since is not None and until is not None and _epoch(since) >= _epoch(until):
            raise InvalidRequest("since should be before until")
        if not 1 <= limit <= MOST_ROWS or offset < 0:
            raise InvalidRequest(f"limit should be from 1 to {MOST_ROWS}, offset 0 or more")
        times = {"epoch_begin": _epoch(since) if since else None, "epoch_end": _epoch(until) if until else None}
        return self._alerts(ifid, family, {"status": status, **times, "start": offset, "length": limit})

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def alert_severity_counters(self, ifid: int) -> tuple[AlertCounter, ...]:
        """Count alerts by severity."""
        return self._ask("alert/severity/counters", reading_alerts.alert_counters, ifid=ifid)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0)
    def alert_type_counters(self, ifid: int) -> tuple[AlertCounter, ...]:
        """Count alerts by type."""
        return self._ask("alert/type/counters", reading_alerts.alert_counters, ifid=ifid)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def active_alerts(self) -> tuple[Alert, ...]:
        """List the engaged alerts of every interface and of ntopng itself, in the shape of all services."""
        found = [alert_of(alert, interface="system") for alert in self._engaged(SYSTEM_IFID, "system")]
        for interface in self._watched():
            if self._ask("interface/data", reading.interface_data, ifid=interface.ifid).engaged_alerts == 0:
                continue  # nothing is engaged there, which one request told
            for family in ENGAGING:
                found += [alert_of(alert, interface=interface.name) for alert in self._engaged(interface.ifid, family)]
        return tuple(found)

    @operation(idempotent=True, role="viewer", cache_seconds=10.0, lane="monitoring")
    def figures(self) -> tuple[Figure, ...]:
        """Tell traffic, flows, hosts and drops of every interface, and processor, memory and load of the machine."""
        data = [self._ask("interface/data", reading.interface_data, ifid=item.ifid) for item in self._watched()]
        return tuple(figures_of(data))

    def _watched(self) -> tuple[Interface, ...]:
        return self._get(FOLDER + "ntopng/interfaces.lua", read=as_rsp(reading.interfaces))

    def _engaged(self, ifid: int, family: Family) -> tuple[NtopngAlert, ...]:
        return self._alerts(ifid, family, {"status": "engaged"}).alerts

    def _alerts(self, ifid: int, family: Family, params: Mapping[str, ParamValue]) -> AlertPage:
        path = f"{FOLDER}{family}/alert/list.lua"
        return self._get(path, params={"ifid": ifid, **params}, read=as_records(reading_alerts.alert_page))

    def _ask(self, name: str, shape: Callable[[Any], T], **params: ParamValue) -> T:
        return self._get(f"{FOLDER}{name}.lua", params=params, read=as_rsp(shape))

    def _pages(
        self, name: str, shape: Callable[[Any], tuple[Seen, ...]], params: Mapping[str, ParamValue], limit: int
    ) -> tuple[Seen, ...]:
        """Ask for pages until one is not full or brings nothing new: hosts and flows come and go meanwhile."""
        if not 1 <= limit <= MOST_ROWS:
            raise InvalidRequest(f"limit should be from 1 to {MOST_ROWS}")
        size = min(limit, PAGE)
        found: dict[tuple[Any, ...], Seen] = {}
        for number in range(1, -(-limit // size) + 1):
            page = self._get(
                f"{FOLDER}{name}.lua",
                params={**params, "currentPage": number, "perPage": size},
                read=as_rsp(shape),
            )
            before = len(found)
            found.update({_identity(item): item for item in page})
            if len(page) < size or len(found) == before:
                break
        return tuple(found.values())[:limit]


def _identity(item: ActiveHost | ActiveFlow) -> tuple[Any, ...]:
    return (item.key, item.vlan) if isinstance(item, ActiveHost) else (item.key, item.hash_id)


def _interfaces_and_version(response: Response) -> tuple[int, str]:
    found = VERSION.search(response.headers.get("server", ""))
    return len(as_rsp(reading.interfaces)(response)), found.group(1) if found else ""


def _mud(response: Response) -> Mapping[str, Any] | None:
    text = as_text(response).strip()
    document = json.loads(text) if text else {}
    if "rc" in document:
        return as_rsp(reading.fields)(response) or None
    return document or None


def _epoch(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise InvalidRequest("since and until should have a time zone")
    return int(moment.timestamp())
