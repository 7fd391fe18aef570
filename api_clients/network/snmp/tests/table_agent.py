"""A simulated agent with a small table, and how the tests of misbehaving agents ask it."""

import pytest

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.simulator.mib import MibView
from api_clients.network.snmp.values import Community, UsmUser
from api_clients.network.snmp.wire import ber

NAME = "1.3.6.1.2.1.1.5.0"
TABLE = "1.3.6.1.2.1.2.2.1"
V1, V2C = Community("public", "1"), Community("public")
USER = UsmUser("user", "SHA", "auth-pass-word", "AES-128", "priv-pass-word")
ALL = [V1, V2C, USER]
TIMEOUT = 0.15
LONGEST = 4 * TIMEOUT + 10.0  # two attempts, a diagnosis of v3, and what a busy machine adds
PATIENT = 10.0  # where an answer comes

every_credential = pytest.mark.parametrize("credential", ALL, ids=["v1", "v2c", "v3"])


def client(**limits: object) -> SnmpClient:
    return SnmpClient(timeout_seconds=TIMEOUT, **limits)


def patient_client() -> SnmpClient:
    """For agents that answer, and are counted how often they were asked: nothing is asked again for being late."""
    return SnmpClient(timeout_seconds=PATIENT)


def table_view(rows: int = 40) -> MibView:
    objects = {ber.parse_oid(NAME): ber.octets("switch"), ber.parse_oid("1.3.6.1.2.1.4.1.0"): ber.integer(1)}
    for column in (1, 2, 3):
        objects |= {ber.parse_oid(f"{TABLE}.{column}.{row}"): ber.integer(row) for row in range(1, rows + 1)}
    return MibView(objects)
