"""What ntopng knows by name: protocols, applications, alert types, checks, users."""

from __future__ import annotations

from api_clients.domain.operation import operation
from api_clients.infrastructure.http import HttpClient
from api_clients.monitoring.ntopng import reading_alerts as reading
from api_clients.monitoring.ntopng.answers import as_rsp
from api_clients.monitoring.ntopng.values import (
    AlertType,
    Check,
    L4Protocol,
    L7Application,
    L7Category,
    SyslogProducer,
    User,
)

FOLDER = "/lua/rest/v2/get/"
LONG = 300.0  # seconds; they change with a new version of ntopng, or when somebody sets it up


class Constants(HttpClient):
    @operation(idempotent=True, role="viewer", cache_seconds=LONG)
    def l4_protocols(self) -> tuple[L4Protocol, ...]:
        """List the IP protocols that ntopng tells apart; a number may come twice, by two names."""
        return self._get(FOLDER + "l4/protocol/consts.lua", read=as_rsp(reading.l4_protocols))

    @operation(idempotent=True, role="viewer", cache_seconds=LONG)
    def l7_applications(self) -> tuple[L7Application, ...]:
        """List the applications that nDPI knows."""
        return self._get(FOLDER + "l7/application/consts.lua", read=as_rsp(reading.l7_applications))

    @operation(idempotent=True, role="viewer", cache_seconds=LONG)
    def l7_categories(self) -> tuple[L7Category, ...]:
        """List the categories of applications, with the applications of each."""
        return self._get(FOLDER + "l7/category/consts.lua", read=as_rsp(reading.l7_categories))

    @operation(idempotent=True, role="viewer", cache_seconds=LONG)
    def alert_types(self) -> tuple[AlertType, ...]:
        """List the kinds of alerts; a number means another kind for each family."""
        return self._get(FOLDER + "alert/type/consts.lua", read=as_rsp(reading.alert_types))

    @operation(idempotent=True, role="viewer", cache_seconds=60.0)
    def checks(self) -> tuple[Check, ...]:
        """List what ntopng looks for, and whether it does."""
        return self._get(FOLDER + "checks/config.lua", read=as_rsp(reading.checks))

    @operation(idempotent=True, role="admin", lane="read")  # not cached: the answer holds the hashes
    def users(self) -> tuple[User, ...]:
        """List who may sign in to ntopng; the hashes of their passwords are left out."""
        return self._get(FOLDER + "ntopng/users.lua", read=as_rsp(reading.users))

    @operation(idempotent=True, role="viewer", cache_seconds=LONG)
    def syslog_producers(self) -> tuple[SyslogProducer, ...]:
        """List whose syslog messages ntopng understands."""
        return self._get(FOLDER + "syslog/producer/consts.lua", read=as_rsp(reading.syslog_producers))
