"""net-snmp's own tools as the judge: they must read every answer, in each version and with each algorithm."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator

import pytest

from api_clients.network.snmp.simulator import Agent, AgentServer, MibView, Writable, engine, parse_oid
from api_clients.network.snmp.values import UsmUser
from api_clients.network.snmp.wire import ber

pytestmark = pytest.mark.needs("snmpget", "snmpbulkwalk", "snmpwalk", "snmpset")

AUTHS = ("MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
PRIVS = ("DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C")
AUTH, PRIV = "auth-secret-1", "priv-secret-1"
USERS = [
    UsmUser("open"),
    *(UsmUser(auth, auth, AUTH) for auth in AUTHS),
    *(UsmUser(f"{auth}+{priv}", auth, AUTH, priv, PRIV) for auth in AUTHS for priv in PRIVS),
]
SYS_NAME = ".1.3.6.1.2.1.1.5.0"
Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def server() -> Iterator[AgentServer]:
    objects = {parse_oid(SYS_NAME): ber.octets("r1"), parse_oid("1.3.6.1.2.1.1.9"): ber.octets("x" * 900)}
    objects |= {parse_oid(f"1.3.6.1.2.1.2.2.1.1.{index}"): ber.integer(index) for index in range(1, 201)}
    view = MibView(objects, writable={parse_oid(SYS_NAME): Writable(ber.OCTET_STRING)})
    agent = Agent(view, users=USERS, write_users=["SHA"], write_communities=["private"])
    server = AgentServer()
    server.add("127.0.0.1", agent)
    with server:
        yield server


@pytest.fixture
def tool(server: AgentServer, program: Callable[[str], str]) -> Tool:
    def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        options = [program(name), "-m", "", "-On", "-t", "10", "-r", "1"]
        where = f"127.0.0.1:{server.port}"
        at = arguments.index("--")
        command = [*options, *arguments[:at], where, *arguments[at + 1 :]]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    return run


def as_user(user: UsmUser, **replaced: str) -> list[str]:
    level = "authPriv" if user.priv_protocol else "authNoPriv" if user.auth_protocol else "noAuthNoPriv"
    arguments = ["-v3", "-u", user.name, "-l", replaced.get("level", level)]
    if user.auth_protocol:
        arguments += ["-a", user.auth_protocol, "-A", replaced.get("auth", AUTH)]
    if user.priv_protocol:
        arguments += ["-x", user.priv_protocol, "-X", replaced.get("priv", PRIV)]
    return arguments


def user(name: str) -> UsmUser:
    return next(user for user in USERS if user.name == name)


@pytest.mark.parametrize("version", ["1", "2c"])
def test_communities_are_walked(tool: Tool, version: str) -> None:
    walked = tool("snmpwalk" if version == "1" else "snmpbulkwalk", f"-v{version}", "-cpublic", "--", ".1.3.6.1")
    assert walked.stdout.count("= INTEGER:") == 200, walked.stderr
    assert 'STRING: "r1"' in walked.stdout


@pytest.mark.parametrize("candidate", USERS, ids=lambda user: user.name)
def test_users_of_every_algorithm_are_walked(tool: Tool, candidate: UsmUser) -> None:
    walked = tool("snmpbulkwalk", *as_user(candidate), "--", ".1.3.6.1")
    assert walked.stdout.count("= INTEGER:") == 200, walked.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["-v3", "-u", "nobody", "-l", "noAuthNoPriv"], "Unknown user name"),
        (as_user(user("SHA"), auth="wrong-secret"), "Authentication failure"),
        (as_user(user("SHA+AES-128"), priv="wrong-secret"), "Decryption error"),
        (as_user(UsmUser("SHA", "SHA", AUTH, "AES-128", PRIV)), "Unsupported security level"),
        (as_user(UsmUser("SHA+AES-128", "SHA", AUTH)), "authorizationError"),
        (as_user(UsmUser("SHA")), "authorizationError"),
        ([*as_user(user("SHA")), "-n", "vlan-20"], "Bad context"),
        (["-v2c", "-cwrong", "-t", "1"], "Timeout"),
    ],
)
def test_refusals_are_told_apart(tool: Tool, arguments: list[str], complaint: str) -> None:
    refused = tool("snmpget", "-r", "0", *arguments, "--", SYS_NAME)
    assert refused.returncode != 0
    assert complaint in refused.stderr


def test_a_manager_with_an_old_clock_synchronizes(tool: Tool, server: AgentServer) -> None:
    statistics = server.agents["127.0.0.1"].engine.statistics
    before = statistics.get(engine.NOT_IN_TIME_WINDOWS, 0)
    found = tool("snmpget", *as_user(user("SHA+AES-128")), "-Z", "0,1", "--", SYS_NAME)
    assert '"r1"' in found.stdout, found.stderr
    assert statistics[engine.NOT_IN_TIME_WINDOWS] > before


@pytest.mark.parametrize("who", [["-v1", "-cprivate"], ["-v2c", "-cprivate"], as_user(user("SHA"))])
def test_writers_set_what_is_writable(tool: Tool, who: list[str]) -> None:
    assert tool("snmpset", *who, "--", SYS_NAME, "s", "r1").returncode == 0
    refused = tool("snmpset", *who, "--", ".1.3.6.1.2.1.2.2.1.1.1", "i", "9")
    assert ("noSuchName" if "-v1" in who else "notWritable") in refused.stderr


def test_readers_set_nothing(tool: Tool) -> None:
    assert "noAccess" in tool("snmpset", "-v2c", "-cpublic", "--", SYS_NAME, "s", "x").stderr
    assert "noAccess" in tool("snmpset", *as_user(user("MD5")), "--", SYS_NAME, "s", "x").stderr
