import pytest

from api_clients.network.snmp.client import SnmpClient
from api_clients.network.snmp.credentials import InvalidCredential, InvalidTarget
from api_clients.network.snmp.values import Community, SnmpTarget, UsmUser

TARGET = SnmpTarget("127.0.0.1", 1)


@pytest.mark.parametrize(
    "credential",
    [
        Community(""),
        Community("x" * 256),
        UsmUser(""),
        UsmUser("x" * 33),
        UsmUser("user", "SHA", None),
        UsmUser("user", "SHA", "short"),
        UsmUser("user", "SHA", "long-enough", "AES-128", "short"),
        UsmUser("user", "SHA", "long-enough", "AES-128", None),
        UsmUser("user", None, None, "AES-128", "long-enough"),
        UsmUser("user", "SHA-3", "long-enough"),
        UsmUser("user", "SHA", "long-enough", "3DES", "long-enough"),
    ],
)
async def test_a_credential_that_cannot_work_is_refused_before_anything_is_sent(credential):
    with pytest.raises(InvalidCredential):
        SnmpClient().session(TARGET, credential)


async def test_no_refusal_quotes_a_secret():
    with pytest.raises(InvalidCredential) as refused:
        SnmpClient().session(TARGET, UsmUser("user", "SHA", "hunter2"))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    "target",
    [
        SnmpTarget(""),
        SnmpTarget("router.example.net"),
        SnmpTarget("10.0.0.256"),
        SnmpTarget("1.2.3"),
        SnmpTarget("::g"),
        SnmpTarget("127.0.0.1", 0),
        SnmpTarget("127.0.0.1", 65536),
    ],
)
async def test_a_target_that_is_no_address_is_refused_before_anything_is_sent(target):
    with pytest.raises(InvalidTarget):
        SnmpClient().session(target, Community("public"))


@pytest.mark.parametrize(
    "limits",
    [{"timeout_seconds": 0}, {"retries": -1}, {"max_concurrent_per_device": 0}],
)
def test_impossible_limits_are_refused(limits):
    with pytest.raises(ValueError, match=r"more|positive|least"):
        SnmpClient(**limits)
