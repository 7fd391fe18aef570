"""The client and a real Fail2ban 1.0.2 and later, doing what its operators do."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from api_clients.domain.errors import InvalidRequest, Rejected, Unauthorized
from api_clients.security.fail2ban.client import Fail2banClient
from api_clients.security.fail2ban.tests.servers import READY_SECONDS, Fail2banServer, fail2ban_server
from api_clients.tests.waiting import eventually

__all__ = ["fail2ban_server"]
pytestmark = pytest.mark.needs("fail2ban-server", "fail2ban-client")


@pytest.fixture
def client(fail2ban_server: Fail2banServer) -> Fail2banClient:
    """A client with an empty cache, at a server that holds nobody."""
    client = fail2ban_server.client()
    for name in ("labauth", "forever"):
        held = [ban.address for ban in client.banned(name)]
        if held:
            client.unban(name, held)
    return fail2ban_server.client()


def test_the_server_answers_and_says_its_version_and_jails(client: Fail2banClient) -> None:
    assert client.ping() == "pong"
    assert client.health().version.count(".") >= 1
    status = client.status()
    assert status.version == client.health().version
    assert status.jails == ("forever", "labauth")


def test_an_address_is_banned_by_log_lines_and_unbanned_by_the_client(
    fail2ban_server: Fail2banServer, client: Fail2banClient
) -> None:
    started = datetime.now(UTC).replace(microsecond=0)
    fail2ban_server.fail_logins("203.0.113.9", 3)
    eventually(
        lambda: "ban labauth 203.0.113.9" in fail2ban_server.actions,
        seconds=READY_SECONDS,
        otherwise="the jail banned nobody",
    )

    (ban,) = client.banned("labauth")
    assert (ban.jail, ban.address, ban.seconds) == ("labauth", "203.0.113.9", 600.0)
    assert ban.since.tzinfo is not None
    assert started - timedelta(seconds=2) <= ban.since <= datetime.now(UTC)
    assert ban.until == ban.since + timedelta(seconds=600)
    assert client.jails_banning("203.0.113.9") == ("labauth",)
    status = client.jail_status("labauth")
    assert (status.currently_banned, status.banned) == (1, ("203.0.113.9",))
    assert status.log_files == (str(fail2ban_server.log),)
    (alert,) = client.active_alerts()
    assert (alert.id, alert.severity, alert.since) == ("labauth:203.0.113.9", "low", ban.since)

    assert client.unban("labauth", ["203.0.113.9"]).count == 1
    assert fail2ban_server.client().banned() == ()
    assert fail2ban_server.actions[-1] == "unban labauth 203.0.113.9"
    assert client.unban("labauth", ["203.0.113.9"]).count == 0


def test_an_identity_that_is_no_address_is_told_beside_those_that_are(
    fail2ban_server: Fail2banServer, client: Fail2banClient
) -> None:
    client.ban("forever", ["203.0.113.9"])
    fail2ban_server.command("set", "labauth", "banip", "Eva Maria Groß")
    try:
        assert {ban.address for ban in client.banned()} == {"203.0.113.9", "Eva Maria Groß"}
        assert {alert.source for alert in client.active_alerts()} == {"203.0.113.9", "Eva Maria Groß"}
    finally:
        fail2ban_server.command("set", "labauth", "unbanip", "Eva Maria Groß")


def test_several_addresses_and_networks_are_banned_at_once(client: Fail2banClient) -> None:
    changed = client.ban("labauth", ["198.51.100.7", "2001:db8::1", "192.0.2.0/28", "198.51.100.7"])
    assert (changed.addresses, changed.count) == (("198.51.100.7", "2001:db8::1", "192.0.2.0/28"), 3)
    assert {ban.address for ban in client.banned("labauth")} == {"198.51.100.7", "2001:db8::1", "192.0.2.0/28"}
    assert client.unban_everywhere(["198.51.100.7", "192.0.2.0/28"]).count == 2
    assert client.jail_status("labauth").banned == ("2001:db8::1",)


def test_a_ban_for_ever_has_no_end_and_is_a_medium_alert(client: Fail2banClient) -> None:
    client.ban("forever", ["198.51.100.8"])
    (ban,) = client.banned("forever")
    assert (ban.until, ban.seconds) == (None, None)
    assert [alert.severity for alert in client.active_alerts()] == ["medium"]
    figures = {(item.name, item.labels.get("jail")): item.value for item in client.figures()}
    assert figures["jails.up", None] == 2
    assert figures["bans.current", "forever"] == 1


@pytest.mark.parametrize(
    "address", ["notanip", "10.0.0.1/24", "0.0.0.0/0", "fe80::1%eth0", "", "-h", "203.0.113.9; id", "010.1.1.1"]
)
def test_what_is_no_address_never_reaches_the_server(
    fail2ban_server: Fail2banServer, client: Fail2banClient, address: str
) -> None:
    noted = fail2ban_server.actions
    with pytest.raises(InvalidRequest):
        client.ban("labauth", ["203.0.113.10", address])
    assert client.banned("labauth") == ()
    assert fail2ban_server.actions == noted


def test_a_jail_that_is_not_there_is_rejected_in_words(client: Fail2banClient) -> None:
    with pytest.raises(Rejected, match="the jail 'nowhere' does not exist") as caught:
        client.jail_status("nowhere")
    assert caught.value.status == 404
    with pytest.raises(Rejected, match="no jail 'nowhere'"):
        client.start_jail("nowhere")
    with pytest.raises(Rejected, match="no jail 'nowhere'"):
        client.reload_jail("nowhere")


@pytest.mark.parametrize("name", ["--all", "", "loglevel", "dbfile", "a\nb"])
def test_a_name_that_would_mean_something_else_is_no_jail(client: Fail2banClient, name: str) -> None:
    with pytest.raises(InvalidRequest, match="no name of a jail"):
        client.stop_jail(name)
    assert client.jails() == ("forever", "labauth")


def test_a_jail_is_stopped_and_started_and_works_again(fail2ban_server: Fail2banServer, client: Fail2banClient) -> None:
    assert client.stop_jail("labauth") == ("forever",)
    with pytest.raises(Rejected, match="does not exist"):
        client.ban("labauth", ["203.0.113.11"])
    assert client.start_jail("labauth").jail == "labauth"
    assert fail2ban_server.client().jails() == ("forever", "labauth")
    assert client.start_jail("labauth").jail == "labauth"  # one that runs stays as it is
    fail2ban_server.fail_logins("203.0.113.12", 3)
    eventually(
        lambda: "ban labauth 203.0.113.12" in fail2ban_server.actions,
        seconds=READY_SECONDS,
        otherwise="the jail that was started bans nobody",
    )


def test_settings_are_changed_and_come_back_with_a_reload_which_keeps_the_bans(client: Fail2banClient) -> None:
    before = client.jail_settings("labauth")
    assert (before.bantime_seconds, before.findtime_seconds, before.maxretry) == (600.0, 600.0, 3)
    assert before.actions == ("note",)
    client.ban("labauth", ["203.0.113.13"])

    changed = client.change_jail("labauth", bantime_seconds=-1, findtime_seconds=120, maxretry=9)
    assert (changed.bantime_seconds, changed.findtime_seconds, changed.maxretry) == (None, 120.0, 9)
    assert client.ignore("labauth", ["10.0.0.0/8", "2001:db8::7"]).ignored == ("10.0.0.0/8", "2001:db8::7")
    assert client.stop_ignoring("labauth", ["10.0.0.0/8"]).ignored == ("2001:db8::7",)
    with pytest.raises(InvalidRequest, match="not ignored"):
        client.stop_ignoring("labauth", ["10.0.0.0/8"])

    assert client.reload_jail("labauth").banned == ("203.0.113.13",)
    after = client.change_jail("labauth", maxretry=3)
    assert (after.bantime_seconds, after.findtime_seconds, after.ignored) == (600.0, 600.0, ())


def test_a_setting_out_of_range_changes_nothing(client: Fail2banClient) -> None:
    with pytest.raises(InvalidRequest, match="findtime_seconds"):
        client.change_jail("labauth", maxretry=7, findtime_seconds=0)
    with pytest.raises(InvalidRequest, match="nothing to change"):
        client.change_jail("labauth")
    assert client.change_jail("labauth", findtime_seconds=600).maxretry == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_user_who_may_not_open_the_socket_is_unauthorized(fail2ban_server: Fail2banServer) -> None:
    fail2ban_server.folder.chmod(0o755)
    client = fail2ban_server.client()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            client.ping()
        except Unauthorized as error:
            os._exit(0 if "permission denied" in error.reason else 2)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
