"""What the contract leaves open: how the wire takes what a server may do, and every operation's example."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from api_clients.domain.errors import InvalidRequest, Malformed, Rejected, Unreachable
from api_clients.domain.operation import example_of, operations_of
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.security.fail2ban.client import Fail2banClient
from api_clients.security.fail2ban.program import folder_of
from api_clients.security.fail2ban.protocol import END, Refused
from api_clients.security.fail2ban.reading import BansReader, StatusReader, jail_names
from api_clients.security.fail2ban.simulator import (
    Fail2banSimulator,
    Fail2banSocketSimulator,
    SimulatedServer,
    make_server,
    make_simulator,
    pickled_error,
)
from api_clients.security.fail2ban.wire import Fail2banOptions
from api_clients.simulation import drip, garbage, serve_socket
from api_clients.tests.connected import client_at, client_of

Rig = tuple[Fail2banClient, Fail2banSocketSimulator]


@pytest.fixture
def on_socket(tmp_path: Path) -> Iterator[Rig]:
    simulator = Fail2banSocketSimulator(make_server())
    connection = ConnectionSettings(read_timeout_seconds=30.0, max_response_bytes=100_000)
    with serve_socket(simulator, path=tmp_path / "s") as server:
        yield client_at(Fail2banClient, server.url, connection=connection, options=Fail2banOptions()), simulator


@pytest.mark.parametrize("described", operations_of(Fail2banClient), ids=lambda item: item.name)
def test_every_operation_answers_its_example(described) -> None:
    client = client_of(Fail2banClient, make_simulator())
    getattr(client, described.name)(**example_of(Fail2banClient, described))


def test_an_answer_that_arrives_in_many_pieces_is_read_whole(on_socket: Rig) -> None:
    client, simulator = on_socket
    simulator.inject(drip(0.0005))
    assert client.jails() == ("recidive", "sshd")


def test_an_answer_beyond_the_limit_is_refused(on_socket: Rig) -> None:
    client, simulator = on_socket
    simulator.inject(garbage(pickle.dumps((0, "x" * 300_000), 4) + END))
    with pytest.raises(Malformed, match="more than 100000 bytes"):
        client.ping()


def test_a_pickle_that_would_run_something_is_malformed(on_socket: Rig) -> None:
    client, simulator = on_socket
    simulator.inject(garbage(b"cos\nsystem\n(S'touch /tmp/owned'\ntR." + END))
    with pytest.raises(Malformed, match="refused"):
        client.ping()


def test_an_error_of_the_server_is_rejected_with_its_words(on_socket: Rig) -> None:
    client, simulator = on_socket
    simulator.inject(garbage(pickled_error("ValueError", "Reload already in progress", module="builtins") + END))
    with pytest.raises(Rejected, match="Reload already in progress") as caught:
        client.ping()
    assert (caught.value.status, caught.value.operation) == (400, "ping")


def test_a_server_that_is_going_down_is_unreachable(on_socket: Rig) -> None:
    client, simulator = on_socket
    simulator.inject(garbage(pickle.dumps(["SHUTDOWN"], 4) + END))
    with pytest.raises(Unreachable, match="shutting down"):
        client.ping()


def test_a_socket_that_is_not_there_is_refused_and_says_which(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match=r"none\.sock: connection refused"):
        client_at(Fail2banClient, f"unix://{tmp_path}/none.sock").ping()


def test_settings_before_the_one_that_is_refused_are_set_back() -> None:
    class Stubborn(SimulatedServer):
        def execute(self, words: list[str]) -> object:
            if words[:3] == ["set", "sshd", "maxretry"]:
                raise Refused("invalid literal for int()")
            return super().execute(words)

    server = Stubborn(make_server().configured)
    client = client_of(Fail2banClient, Fail2banSimulator(server))
    with pytest.raises(Rejected, match="invalid literal"):
        client.change_jail("sshd", bantime_seconds=60, findtime_seconds=60, maxretry=2)
    settings = client.jail_settings("sshd")
    assert (settings.bantime_seconds, settings.findtime_seconds, settings.maxretry) == (600.0, 600.0, 5)


def test_each_setting_is_set_back_and_what_is_not_is_told_beside_the_first_error() -> None:
    class Stubborn(SimulatedServer):
        def execute(self, words: list[str]) -> object:
            if words[:3] == ["set", "sshd", "maxretry"]:
                raise Refused("invalid literal for int()")
            if words == ["set", "sshd", "bantime", "600"]:
                raise Refused("the database is locked")
            return super().execute(words)

    client = client_of(Fail2banClient, Fail2banSimulator(Stubborn(make_server().configured)))
    told = r"invalid literal for int\(\); and could not be taken back: bantime to 600: .*the database is locked"
    with pytest.raises(Rejected, match=told):
        client.change_jail("sshd", bantime_seconds=60, findtime_seconds=60, maxretry=2)
    settings = client.jail_settings("sshd")
    assert (settings.bantime_seconds, settings.findtime_seconds) == (60.0, 600.0)


@pytest.mark.usefixtures("on_socket")
def test_a_reload_without_the_program_says_what_is_missing(tmp_path: Path) -> None:
    url = f"unix://{tmp_path}/s"
    without = client_at(Fail2banClient, url, options=Fail2banOptions(client_program="/nonexistent/fail2ban-client"))
    with pytest.raises(Rejected, match=r"fail2ban-client cannot be run \(No such file or directory\)"):
        without.reload_jail("sshd")


@pytest.mark.usefixtures("on_socket")
def test_a_program_that_prints_without_end_is_stopped(tmp_path: Path) -> None:
    program = tmp_path / "fail2ban-client"
    program.write_text("#!/bin/sh\nexec yes\n")
    program.chmod(0o755)
    client = client_at(
        Fail2banClient,
        f"unix://{tmp_path}/s",
        connection=ConnectionSettings(max_response_bytes=50_000),
        options=Fail2banOptions(client_program=str(program)),
    )
    with pytest.raises(Malformed, match="printed more than 50000 bytes"):
        client.reload_jail("sshd")


def test_times_are_of_the_zone_that_is_configured() -> None:
    line = "203.0.113.9 \t2026-11-20 18:23:27 + 600 = 2026-11-20 18:33:27"
    (ban,) = BansReader("sshd", "America/New_York")([line])
    assert ban.since == datetime(2026, 11, 20, 23, 23, 27, tzinfo=UTC)
    (here,) = BansReader("sshd")([line])
    assert here.since.tzinfo is not None


@pytest.mark.parametrize("line", ["203.0.113.9", "", "203.0.113.9 \tyesterday + 600 = tomorrow", 3])
def test_a_ban_in_other_words_is_not_read(line: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        BansReader("sshd")([line])


def test_a_jail_on_the_journal_has_matches_and_no_files() -> None:
    status = StatusReader("sshd")(
        [
            [
                "Filter",
                [["Currently failed", 0], ["Total failed", 1], ["Journal matches", [["_COMM=sshd", "+", "X=1"]]]],
            ],
            ["Actions", [["Currently banned", 0], ["Total banned", 0], ["Banned IP list", []]]],
        ]
    )
    assert (status.log_files, status.journal_matches) == ((), ("_COMM=sshd + X=1",))


def test_a_list_of_jails_that_is_not_as_long_as_it_says_is_not_read() -> None:
    assert jail_names([["Number of jail", 0], ["Jail list", ""]]) == ()
    with pytest.raises(ValueError, match="not as long"):
        jail_names([["Number of jail", 3], ["Jail list", "a, b"]])


def test_too_many_addresses_at_once_are_refused() -> None:
    client = client_of(Fail2banClient, make_simulator())
    with pytest.raises(InvalidRequest, match="more than 1000"):
        client.ban("sshd", [f"10.0.{item // 256}.{item % 256}" for item in range(1001)])


def test_the_configuration_folder_of_a_process_that_is_not_seen_is_debians() -> None:
    assert folder_of(2**30) == Path("/etc/fail2ban")


def test_a_time_zone_that_is_none_is_no_option() -> None:
    with pytest.raises(ValidationError, match="time zone"):
        Fail2banOptions(time_zone="Mars/Olympus")
