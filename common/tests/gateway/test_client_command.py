"""`manage.py client`, for people and for scripts; `manage.py client_secret`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from api_clients.configuration_secrets import Secrets
from api_clients.network.gns3.examples import id_of
from common.infrastructure.encryption import decrypt, encrypt
from common.models import StoredEvent
from common.tests.gateway.conftest import Configure, Lab

pytestmark = pytest.mark.django_db(transaction=True)
Labs = Callable[..., Lab]
PROJECT = ("--project-id", id_of())


def run(*words: str) -> str:
    out = io.StringIO()
    call_command("client", *words, stdout=out, stderr=out)
    return out.getvalue()


def refusal(*words: str) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(*words)
    return caught.value.returncode, str(caught.value)


def test_alone_it_lists_the_services_with_their_targets(labs: Labs) -> None:
    labs("main", "spare")
    line = next(line for line in run().splitlines() if line.startswith("gns3"))
    assert "main (closed), spare (closed)" in line
    found = {service["name"]: service for service in json.loads(run("--json"))}
    assert [target["name"] for target in found["gns3"]["targets"]] == ["main", "spare"]


def test_with_a_service_it_lists_what_can_be_asked(labs: Labs) -> None:
    labs()
    text = run("gns3")
    assert "start_node  (operator, acts)" in text
    assert "--project-id           needed" in text
    assert json.loads(run("gns3", "--json"))["name"] == "gns3"


def test_an_argument_whose_name_is_the_commands_own_is_listed_as_it_is_typed(configure: Configure) -> None:
    configure({})
    lines = run("redis").splitlines()
    named = lines.index("flush_database  (admin, acts)")
    (target, database) = (line.split()[:2] for line in lines[named + 2 : named + 4])
    assert (target, database) == (["--arg-target", "needed"], ["--database", "needed"])
    typed = refusal("redis", "flush_database", "--arg-target", "main", "--database", "0")
    assert typed == (1, "No redis is configured.")  # so the words themselves were understood


def test_rows_are_a_table(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")  # not of the terminal that runs the tests, if there is one
    labs()
    lines = run("gns3", "nodes", *PROJECT).splitlines()
    assert lines[0].split()[:4] == ["node_id", "project_id", "name", "type"]
    assert len(lines) == 1 + 4
    assert "pc1" in lines[2]


def test_json_is_what_rest_would_answer(labs: Labs) -> None:
    labs()
    document = json.loads(run("gns3", "project", *PROJECT, "--json"))
    assert document["data"]["name"] == "Campus"
    assert document["meta"]["target"] == "main"
    assert json.loads(run("--json", "gns3", "project", *PROJECT)) == document


def test_underlines_will_do_and_structures_are_json(labs: Labs) -> None:
    labs()
    place = ("--project_id", id_of(), "--link_id", id_of("pc1-sw1"))
    answer = json.loads(run("gns3", "set_filters", *place, "--filters", '{"packet_loss": [10]}', "--json"))
    assert answer["data"]["filters"] == {"packet_loss": [10]}


def test_files_go_in_and_come_out(labs: Labs, tmp_path: Path) -> None:
    lab = labs()
    given, wanted = tmp_path / "in.vpc", tmp_path / "out.vpc"
    given.write_bytes(b"set pcname \xff\n")
    place = (*PROJECT, "--node-id", id_of("pc1"), "--path", "startup.vpc")
    assert run("gns3", "write_node_file", *place, "--content", f"@{given}") == "Done.\n"
    assert lab.simulators["main"].received[-1].body == b"set pcname \xff\n"
    run("gns3", "node_file", *place, "--output", str(wanted))
    assert wanted.read_bytes() == given.read_bytes()


def test_several_targets_answer_under_their_names_and_a_missing_one_fails_it(labs: Labs) -> None:
    lab = labs("a", "b")
    assert run("gns3", "version", "--target", "*").splitlines()[0] == "a:"
    lab.servers["b"].stop()
    status, told = refusal("gns3", "version", "--target", "a,b")
    assert status == 1
    assert told.startswith("gns3/b: ")


def test_several_answers_are_one_table_with_the_target_of_each_row(labs: Labs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    labs("a", "b")
    lines = run("gns3", "nodes", *PROJECT, "--target", "*", "--merge").splitlines()
    assert lines[0].split()[:3] == ["from", "node_id", "project_id"]
    assert [line.split()[0] for line in lines[1:]] == ["a"] * 4 + ["b"] * 4
    found = json.loads(run("gns3", "nodes", *PROJECT, "--target", "*", "--merge", "--json"))
    assert [(row["target"], row["value"]["name"]) for row in found["data"]][3:5] == [("a", "pc3"), ("b", "sw1")]
    assert refusal("gns3", "nodes", *PROJECT, "--merge")[0] == 2


def test_a_spare_that_answers_is_named(labs: Labs) -> None:
    lab = labs("main", "spare")
    lab.servers["main"].stop()
    assert "So spare was asked." in run("gns3", "version", "--fallback", "spare")


def test_what_it_did_is_recorded(labs: Labs) -> None:
    labs()
    run("gns3", "create_project", "--name", "branch", "--auto-close")
    event = StoredEvent.objects.get(type="client.action_taken")
    assert event.actor.startswith("cli:")
    assert event.data["over"] == "command"
    assert event.data["arguments"] == {"name": "branch", "auto_close": True}


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("nothing",), 2, "There is no service 'nothing'"),
        (("gns3", "nothing"), 2, "gns3 has no operation 'nothing'"),
        (("gns3", "nodes"), 2, "--project-id: This argument is needed."),
        (("gns3", "nodes", "--projct", "x"), 2, "unrecognized arguments: --projct"),
        (("gns3", "version", "--target", "lab"), 2, "gns3 has no target 'lab'; configured: main"),
        (("gns3", "duplicate_node", "--x", "one"), 2, "--x: Input should be a valid integer"),
        (("gns3", "set_filters", "--filters", "{"), 2, "--filters: This should be JSON"),
        (("gns3", "write_node_file", "--content", "@/no/such/file"), 2, "/no/such/file cannot be read"),
        (("gns3", "project", "--project-id", id_of("nothing")), 2, "answered 404"),
    ],
)
def test_what_makes_no_sense_is_told_and_the_status_is_two(
    labs: Labs, words: tuple[str, ...], status: int, told: str
) -> None:
    labs()
    found = refusal(*words)
    assert found[0] == status
    assert told in found[1]


def test_a_service_that_is_away_is_told_and_the_status_is_one(labs: Labs) -> None:
    lab = labs()
    lab.servers["main"].stop()
    status, told = refusal("gns3", "version")
    assert status == 1
    assert "refused the connection" in told


def test_a_secret_is_encrypted_for_the_file_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO("hunter2\n"))
    call_command("client_secret", "--key", "token", stdout=out)
    key, _, token = out.getvalue().strip().partition(": ")
    assert key == "token_encrypted"
    assert "hunter2" not in token
    assert decrypt(token) == "hunter2"
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(CommandError, match="No secret came"):
        call_command("client_secret", stdout=out)


def test_the_hub_opens_what_it_encrypted(configure: Any, labs: Labs, tmp_path: Path) -> None:
    auth = {"kind": "basic", "username": "ada", "password_encrypted": encrypt("hunter2")}
    lab = labs()
    target = {"instances": [{"url": lab.servers["main"].url}], "auth": auth}
    container = configure({"gns3": {"targets": {"main": target}}}, secrets=Secrets(open_encrypted=decrypt))
    assert container.clients().problem is None
    broken = {**auth, "password_encrypted": "gAAAA-not-ours"}
    with pytest.raises(ValueError, match=r"services.gns3.targets.main.auth.password_encrypted: A stored secret cannot"):
        configure({"gns3": {"targets": {"main": {**target, "auth": broken}}}}, secrets=Secrets(open_encrypted=decrypt))
