"""Rules: parsed, checked, switched, uploaded, and taken back where the engine or its program refuses them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from api_clients.domain.errors import CircuitOpen, InvalidRequest, Rejected, ServiceError, Unreachable
from api_clients.domain.operation import Operation, describe, performing
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.security.suricata.client import SuricataClient
from api_clients.security.suricata.files import SuricataOptions
from api_clients.security.suricata.protocol import Refused
from api_clients.security.suricata.rules.parsing import parse_rule, parse_rules, problems_of, switch
from api_clients.security.suricata.simulated import RULES, SimulatedEngine
from api_clients.security.suricata.simulator import SuricataSocketSimulator
from api_clients.simulation import close, hang, serve_socket
from api_clients.tests.connected import client_at
from api_clients.tests.waiting import eventually

NEW = b'alert tcp any any -> any 23 (msg:"telnet"; sid:1000200; rev:1;)\n'


class Site:
    """A sensor: its socket, its rules folder, and a client."""

    def __init__(self, folder: Path) -> None:
        self.engine = SimulatedEngine()
        self.simulator = SuricataSocketSimulator(self.engine)
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.local = self.rules / "local.rules"
        self.local.write_text(RULES)
        self.socket = folder / "s"
        self.client = self.client_with()

    def client_with(self, program: str = "/nonexistent/suricata") -> SuricataClient:
        options = SuricataOptions(rules_folder=self.rules, eve_file=self.rules / "eve.json", program=program)
        return client_at(SuricataClient, f"unix://{self.socket}", options=options)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.rules.iterdir())


class Opening:
    """A chain whose circuit opens once something has been written."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def send(self, request: Request) -> Response:
        if request.path.endswith("/restore"):
            raise CircuitOpen("the circuit is open", **request.labels())
        return self._inner.send(request)


def _within(seconds: float) -> AbstractContextManager[None]:
    """A deadline around the operation's own."""
    return performing(object(), Operation("trial", False, "admin", "write", deadline_seconds=seconds))


@pytest.fixture
def site(tmp_path: Path):
    site = Site(tmp_path)
    with serve_socket(site.simulator, path=site.socket):
        yield site


def test_rules_are_read_with_what_they_say() -> None:
    login, agent, noisy = parse_rules(RULES, "local.rules")
    assert (login.sid, login.rev, login.gid, login.classtype, login.line) == (1000001, 3, 1, "attempted-admin", 2)
    assert (agent.message, agent.action, agent.protocol) == ('SITE "odd" user agent; old', "alert", "http")
    assert (noisy.is_enabled, noisy.priority, noisy.message, noisy.line) == (False, 3, "SITE noisy", 5)
    assert login.is_enabled
    assert agent.is_enabled


@pytest.mark.parametrize(
    "text",
    [
        "# a comment (with parentheses) and sid:5;",
        "",
        "alert tcp any any -> any any",
        'alert tcp any any -> any any (msg:"no number";)',
        'alert tcp any any -> any any (content:"\\; sid:5\\;";)',
        "include other.rules",
    ],
)
def test_what_is_no_rule_is_none(text: str) -> None:
    assert parse_rule(text) is None


def test_a_number_inside_of_a_text_is_not_the_rules() -> None:
    rule = parse_rule(r'drop udp $HOME_NET 53 <> any any (content:"x\; sid:5\; rev:9"; sid:77; rev:2;)')
    assert rule is not None
    assert (rule.sid, rule.rev, rule.action) == (77, 2, "drop")


def test_what_keeps_a_text_from_being_a_ruleset_is_said_by_its_line() -> None:
    text = "\n".join(
        [
            "<html>",
            "alert tcp any any (sid:1;)",
            'alert tcp any any -> any any (msg:"a";)',
            "alert tcp any any -> any any (sid:9;)",
            "alert tcp any any -> any any (sid:9;)",
            "alert tcp any any -> any any (sid:0;)",
        ]
    )
    said = problems_of(text)
    assert [problem.partition(":")[0] for problem in said] == ["line 1", "line 2", "line 3", "line 5", "line 6"]
    assert "has no sid" in said[2]
    assert "already that of line 4" in said[3]


def test_switching_changes_the_rule_and_nothing_else() -> None:
    off, changed = switch(RULES, 1000001, 1, on=False)
    assert changed == 1
    assert [rule.is_enabled for rule in parse_rules(off, "")] == [False, True, False]
    assert switch(off, 1000001, 1, on=True)[0] == RULES.replace("    classtype", "classtype")
    assert switch(RULES, 1000001, 1, on=True) == (RULES, 0)


def test_rules_are_listed_and_chosen(site: Site) -> None:
    assert site.client.rules().total == 3
    assert [rule.sid for rule in site.client.rules(enabled=False).rules] == [1000003]
    assert [rule.sid for rule in site.client.rules(text="USER AGENT").rules] == [1000002]
    assert [rule.sid for rule in site.client.rules(limit=1, offset=1).rules] == [1000002]
    assert site.client.rules(file="local.rules", sid=1000001).total == 1
    with pytest.raises(Rejected, match=r"no rule file other\.rules"):
        site.client.rules(file="other.rules")


def test_a_rule_is_disabled_and_enabled_and_the_engine_loads_each(site: Site) -> None:
    off = site.client.disable_rule(1000002)
    assert (off.enabled, off.disabled, site.engine.reloads) == (1, 2, 1)
    assert [rule.sid for rule in site.client.rules(enabled=True).rules] == [1000001]
    on = site.client.enable_rule(1000002)
    assert (on.enabled, site.engine.reloads) == (2, 2)
    assert site.local.read_text() == RULES
    site.client.enable_rule(1000002)
    assert site.engine.reloads == 2  # nothing to change, nothing to load
    with pytest.raises(Rejected, match="no rule 4711"):
        site.client.disable_rule(4711)


def test_bytes_that_are_no_utf8_come_through_a_switch_as_they_were(site: Site) -> None:
    site.local.write_bytes(b"# caf\xe9\r\n" + NEW)
    site.client.disable_rule(1000200)
    assert site.local.read_bytes() == b"# caf\xe9\r\n# " + NEW


def test_a_ruleset_is_uploaded_loaded_and_what_was_before_is_kept(site: Site) -> None:
    site.local.chmod(0o640)
    change = site.client.upload_rules("local.rules", NEW)
    assert (change.enabled, change.disabled, change.was_tested) == (1, 0, False)
    assert change.statistics[0].last_reload is not None
    assert site.local.read_bytes() == NEW
    assert site.local.stat().st_mode & 0o777 == 0o640
    assert site.names() == ["local.rules", "local.rules.previous"]
    assert [item.has_previous for item in site.client.rule_files()] == [True]

    site.client.restore_rules("local.rules")
    assert site.local.read_text() == RULES
    with pytest.raises(InvalidRequest, match="nothing is kept"):
        site.client.restore_rules("local.rules")


@pytest.mark.parametrize("name", ["local.rules", "new.rules"])
def test_where_the_reload_fails_the_rules_are_as_before(site: Site, name: str) -> None:
    site.engine.refuses_reload = "Reload already in progress"
    with pytest.raises(Rejected, match=rf"Reload already in progress; {name} is as it was before"):
        site.client.upload_rules(name, NEW)
    with pytest.raises(Rejected, match="as it was before"):
        site.client.disable_rule(1000001)
    assert site.local.read_text() == RULES
    assert site.names() == ["local.rules"]


def test_where_the_engine_hangs_up_the_rules_are_as_before(site: Site) -> None:
    site.simulator.inject(close())
    with pytest.raises(Unreachable, match="as it was before"):
        site.client.upload_rules("local.rules", NEW)
    assert site.local.read_text() == RULES


@pytest.mark.parametrize("name", ["upload_rules", "enable_rule", "disable_rule", "restore_rules"])
def test_a_change_of_rules_is_tried_once(name: str) -> None:
    described = describe(getattr(SuricataClient, name))
    assert described is not None
    assert not described.idempotent


@pytest.mark.parametrize("name", ["local.rules", "new.rules"])
def test_where_the_engine_hangs_until_the_time_is_up_the_rules_are_as_before(site: Site, name: str) -> None:
    site.simulator.inject(hang(60.0))
    with pytest.raises(Unreachable, match=rf"said nothing.*; {name} is as it was before") as caught, _within(1.0):
        site.client.upload_rules(name, NEW)
    assert caught.value.timed_out
    assert site.local.read_text() == RULES
    assert site.names() == ["local.rules"]

    def reloads() -> int:
        return sum(b"reload-rules" in request for request in site.simulator.received)

    eventually(lambda: reloads() >= 1)  # noted by a thread of its own
    assert reloads() == 1


def test_where_the_circuit_has_opened_the_rules_are_as_before(site: Site) -> None:
    site.engine.refuses_reload = "Reload already in progress"
    site.client._transport = Opening(site.client._transport)
    with pytest.raises(Rejected, match=r"Reload already in progress; local\.rules is as it was before"):
        site.client.disable_rule(1000001)
    assert site.local.read_text() == RULES


def test_a_file_that_somebody_has_changed_meanwhile_is_not_put_back(site: Site) -> None:
    class Editor(SimulatedEngine):
        def execute(self, command: str, arguments: Mapping[str, Any]) -> Any:
            if command == "reload-rules":
                site.local.write_text("# mine\n")
                raise Refused("Reload already in progress")
            return super().execute(command, arguments)

    site.simulator.engine = Editor()
    with pytest.raises(Rejected, match=r"in progress; local\.rules could not be put back: local\.rules was changed"):
        site.client.upload_rules("local.rules", NEW)
    assert site.local.read_text() == "# mine\n"


def test_where_the_former_rules_cannot_be_loaded_again_both_reasons_are_told(site: Site) -> None:
    class Falling(SimulatedEngine):
        def execute(self, command: str, arguments: Mapping[str, Any]) -> Any:
            if command == "reload-rules" and self.reloads:
                raise Refused("Live rule reload failed")
            return super().execute(command, arguments)

    site.simulator.engine = Falling()
    site.simulator.engine.failed = [
        {"tenant_id": 0, "rule": "alert x", "filename": "/r/new.rules", "line": 1, "error": "unknown keyword"}
    ]
    with pytest.raises(
        Rejected, match=r"unknown keyword; new\.rules is as it was before, but .*Live rule reload failed"
    ):
        site.client.upload_rules("new.rules", NEW)
    assert site.names() == ["local.rules"]


def test_rules_that_the_engine_could_not_load_are_taken_back_and_named(site: Site) -> None:
    site.engine.failed = [
        {"tenant_id": 0, "rule": "alert x", "filename": "/etc/rules/new.rules", "line": 1, "error": "unknown keyword"}
    ]
    with pytest.raises(Rejected, match="line 1: unknown keyword"):
        site.client.upload_rules("new.rules", NEW)
    assert site.names() == ["local.rules"]
    assert site.engine.reloads == 2  # the former rules were loaded again
    site.client.upload_rules("other.rules", NEW)  # what fails in another file says nothing of this one


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../evil.rules", NEW),
        ("local.rules.previous", NEW),
        (".rules", NEW),
        ("local.txt", NEW),
        ("x.rules", b""),
        ("x.rules", b"# nothing\n"),
        ("x.rules", b"\xff\xfe"),
        ("x.rules", NEW + b"\0"),
        ("x.rules", b"not a rule\n"),
    ],
)
def test_what_is_no_ruleset_is_refused_before_anything_is_done(site: Site, name: str, content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        site.client.upload_rules(name, content)
    assert site.names() == ["local.rules"]
    assert site.simulator.received == []


def test_a_file_that_changed_meanwhile_is_not_overwritten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    read = SuricataClient._text

    def read_and_lose_a_race(client: SuricataClient, name: str) -> object:
        text = read(client, name)
        site.local.write_bytes(NEW)
        return text

    monkeypatch.setattr(SuricataClient, "_text", read_and_lose_a_race)
    with pytest.raises(Rejected, match="changed meanwhile"):
        site.client.upload_rules("local.rules", RULES.encode())
    assert site.local.read_bytes() == NEW


def test_the_program_is_asked_first_where_it_is_there(site: Site, tmp_path: Path) -> None:
    """A stand-in with Suricata's arguments; the program itself is not to be had for tests."""
    program = tmp_path / "suricata"
    program.write_text(
        '#!/bin/sh\necho "$@" > "$0.asked"\n'
        'grep -q telnet "$6" && { echo "E: detect: error parsing telnet" >&2; exit 1; }\n'
        "exit 0\n"
    )
    program.chmod(0o755)
    client = site.client_with(str(program))
    with pytest.raises(Rejected, match="does not take these rules: E: detect: error parsing telnet"):
        client.upload_rules("new.rules", NEW)
    assert site.names() == ["local.rules"]
    assert client.upload_rules("new.rules", NEW.replace(b"telnet", b"ssh")).was_tested
    asked = (tmp_path / "suricata.asked").read_text().split()
    assert asked[:4] == ["-T", "--init-errors-fatal", "-c", "/etc/suricata/suricata.yaml"]


def test_a_program_that_prints_without_end_is_stopped_and_nothing_is_written(site: Site, tmp_path: Path) -> None:
    program = tmp_path / "suricata"
    program.write_text("#!/bin/sh\nexec yes\n")
    program.chmod(0o755)
    options = SuricataOptions(rules_folder=site.rules, program=str(program))
    limit = ConnectionSettings(max_response_bytes=50_000)
    client = client_at(SuricataClient, f"unix://{site.socket}", options=options, connection=limit)
    with pytest.raises(Rejected, match="printed more than 50000 bytes of output"):
        client.upload_rules("new.rules", NEW)
    assert site.names() == ["local.rules"]


def test_a_link_is_not_replaced_by_a_file(site: Site, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(NEW)
    (site.rules / "linked.rules").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ServiceError, match="is a link"):
        site.client.upload_rules("linked.rules", NEW)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    options = SuricataOptions(rules_folder=tmp_path / "none")
    with pytest.raises(Rejected, match="none: No such file or directory"):
        client_at(SuricataClient, f"unix://{tmp_path}/s", options=options).rule_files()
