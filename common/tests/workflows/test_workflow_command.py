"""`manage.py workflow`: as people and programs use it, in processes of their own on an embedded database."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from common.models import WorkflowRun

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation of its own, with the drill's capabilities."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}}
    folder = tmp_path_factory.mktemp("workflow-command")
    return {**kept, "NMS_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "common.tests.drill.settings"}


@pytest.fixture(scope="module")
def workflow(environment: dict[str, str]) -> Manage:
    def run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "workflow", *words]
        return subprocess.run(
            command, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, timeout=300, check=False
        )

    define(environment)
    return run


def define(environment: dict[str, str]) -> None:
    """Workflows of our own: one that takes a while, one that waits, one that fails, one with nothing it can do."""
    slow = {"name": "slow", "steps": [{"id": "wait", "capability": "drill.sleep", "input": {"seconds": 60}}]}
    ask = {
        "name": "ask",
        "input_schema": {"type": "object", "properties": {"key": {"type": "string"}}},
        "steps": [
            {
                "id": "do",
                "capability": "drill.echo",
                "input": {"key": "${input.key}"},
                "approval": {"role": "admin", "message": "Really?"},
            }
        ],
    }
    fail = {"name": "broken", "steps": [{"id": "do", "capability": "drill.fail", "input": {"retryable": False}}]}
    missing = {"capability": "nobody.does", "if_missing": "skip"}
    idle = {"name": "idle", "steps": [{"id": "a", **missing}, {"id": "b", **missing, "needs": ["a"]}]}
    idle["output"] = {"a": "${steps.a.state}"}
    code = (
        "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
        "from common.application.workflows.definitions import create_definition\n"
        f"for body in {[slow, ask, fail, idle]!r}: create_definition(body, by='ada')"
    )
    subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{code}"],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=300,
    )


def test_a_run_is_followed_step_by_step_to_its_end_without_any_hub(workflow: Manage) -> None:
    done = workflow("run", "idle", "--follow")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "of idle: started" in lines[0]
    assert sum("skipped    no module offers the capability" in line for line in lines) == 2
    assert "of idle: succeeded" in lines[-3]
    assert lines[-2] == "Nothing was done: all 2 steps were skipped."
    assert json.loads(lines[-1]) == {"a": "skipped"}


def test_with_json_the_output_is_one_object_and_the_progress_goes_elsewhere(workflow: Manage) -> None:
    done = workflow("run", "idle", "--follow", "--json")
    run = json.loads(done.stdout)
    assert (run["state"], run["actor"].partition(":")[0], len(run["steps"])) == ("succeeded", "cli", 2)
    assert "skipped" in done.stderr
    assert json.loads(workflow("show", str(run["id"]), "--json").stdout) == run
    rows = {row["name"]: row for row in json.loads(workflow("list", "--json").stdout)}
    assert {"topology_update", "equipment_discovery", "slow"} <= set(rows)
    assert rows["topology_update"]["steps"] == 4
    assert set(rows["slow"]) == {"name", "origin", "module", "version", "description", "steps"}


@pytest.mark.django_db
def test_a_definition_is_shown_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)  # the command's own would stay

    def shown(*words: str) -> str:
        out = io.StringIO()
        call_command("workflow", "show", *words, stdout=out)
        return out.getvalue()

    text = shown("incident_response")
    assert text.startswith("incident_response: ")
    assert "security_management.contain_incident after approval" in text
    assert "takes incident_id, subject, summary, severity" in text
    detail = json.loads(shown("incident_response", "--json"))
    assert (detail["origin"], len(detail["body"]["steps"]), detail["step_count"]) == ("predefined", 4, 4)


def test_a_run_that_fails_ends_with_status_1(workflow: Manage) -> None:
    done = workflow("run", "broken", "--follow")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "failed     as told" in done.stdout
    assert "1 step: 1 failed." in done.stdout


def test_without_follow_the_run_is_started_and_can_be_looked_at_and_cancelled(workflow: Manage) -> None:
    started = workflow("run", "slow", "--json", "--priority", "high", "--correlation-id", "c-7")
    run = json.loads(started.stdout)
    assert (started.returncode, run["state"], run["priority"], run["correlation_id"]) == (0, "running", "high", "c-7")
    assert f"Run {run['id']} of slow: running" in workflow("show", str(run["id"])).stdout
    assert json.loads(workflow("cancel", str(run["id"]), "--json").stdout)["state"] == "cancelled"
    again = workflow("cancel", str(run["id"]))
    assert (again.returncode, "has ended" in again.stderr) == (2, True)


@pytest.mark.parametrize("how", ["inline", "file", "stdin"])
def test_input_comes_inline_from_a_file_or_from_the_standard_input(workflow: Manage, tmp_path: Path, how: str) -> None:
    text = json.dumps({"project_id": "läb"})
    (tmp_path / "input.json").write_text(text)
    given = {"inline": text, "file": f"@{tmp_path / 'input.json'}", "stdin": "-"}[how]
    done = workflow("run", "topology_update", "--input", given, "--json", given=text if how == "stdin" else "")
    assert json.loads(done.stdout)["input"] == {"project_id": "läb"}, done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "topology_updat"], "Did you mean topology_update?"),
        (["run", "topology_update", "--input", "{"], "--input is no JSON"),
        (["run", "topology_update", "--input", "[]"], "--input is an object"),
        (["run", "topology_update", "--input", "7"], "--input is an object"),
        (["run", "topology_update", "--input", "@/nowhere"], "/nowhere cannot be read"),
        (["run", "topology_update", "--input", '{"projekt": 1}'], "projekt"),
        (["run", "topology_update", "--input", "[" * 100_000], "--input is no JSON"),
        (["run", "equipment_discovery", "--input", '{"port": 0, "retries": -1}'], "input.retries"),
        (["run", "topology_update", "--priority", "urgent"], "invalid choice"),
        (["show", "99999"], "There is no run 99999"),
        (["show", "one"], "There is no workflow 'one'"),
        (["show", "topology_updat"], "Did you mean topology_update?"),
        (["show", "9" * 50], "There is no run"),
        (["cancel", "99999"], "There is no run 99999"),
        (["approve", "99999"], "no step 99999"),
        (["explode"], "invalid choice"),
        ([], "required"),
    ],
)
@pytest.mark.django_db
def test_what_makes_no_sense_is_refused_and_starts_nothing(words: list[str], told: str) -> None:
    before, out = signal.getsignal(signal.SIGTERM), io.StringIO()
    try:
        with pytest.raises(CommandError) as refused:
            call_command("workflow", *words, stdout=out)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told in str(refused.value)
    assert refused.value.returncode == 2 or "Error: " in str(refused.value), "the parser's own get 2 from a terminal"
    assert (out.getvalue(), WorkflowRun.objects.count()) == ("", 0)


def test_nonsense_ends_a_process_in_plain_words(workflow: Manage) -> None:
    done = workflow("run", "topology_updat")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("CommandError: There is no workflow")
    assert "Traceback" not in done.stderr


def test_ctrl_c_leaves_the_run_to_others_and_says_how_to_end_it(workflow: Manage, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "workflow", "run", "slow", "--follow"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        while "drill.sleep" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, told = process.communicate(timeout=120)
    finally:
        process.kill()
    assert time.monotonic() - began < 30
    assert (process.returncode, "Traceback" in told) == (130, False)
    assert "the next hub goes on with it" in told
    run_id = told.partition("Run ")[2].partition(" ")[0]
    run = json.loads(workflow("show", run_id, "--json").stdout)
    assert (run["state"], run["steps"][0]["state"]) == ("running", "waiting"), "given back, as if not begun"
    assert workflow("cancel", run_id).returncode == 0


def test_a_step_is_approved_from_the_terminal(workflow: Manage, environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "workflow", "run", "ask", "--input", '{"key": "k"}', "--follow", "--json"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        run_id = ""
        while "waits      for approval by admin: Really?" not in (line := process.stderr.readline()):
            assert process.poll() is None
            run_id = run_id or line.partition("run ")[2].partition(" ")[0]
        step = json.loads(workflow("show", run_id, "--json").stdout)["steps"][0]
        assert step["input"] == {"key": "k"}
        assert workflow("approve", str(step["id"]), "--note", "yes").returncode == 0
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert (process.returncode, json.loads(out)["state"]) == (0, "succeeded")
