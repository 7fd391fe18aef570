"""A remote module in a process of its own: it registers, is called, dies, is noticed, comes back, changes."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api_clients.tests.servers import free_port
from common.tests.hub_process import HubProcess
from common.tests.modules.remote_processes import SECRET, HubClient, RemoteProcess, eventually, silence_passes

Start = Callable[..., RemoteProcess]
LOST_SECONDS = 60  # silence that tests let pass at once; a slow machine comes nowhere near it
WEATHER_WORKFLOW = {
    "name": "ask_twice",
    "steps": [
        {"id": "quick", "capability": "weather.report", "input": {"city": "${input.city}"}},
        {
            "id": "slow",
            "needs": ["quick"],
            "capability": "weather.report",
            "input": {"sleep": 0.5, "city": "${steps.quick.output.echo.city}"},
            "retry": {"attempts": 100, "delay_seconds": 1, "backoff": 1, "max_delay_seconds": 1},
        },
    ],
    "output": {
        "city": "${steps.slow.output.echo.city}",
        "first": "${steps.quick.output.pid}",
        "second": "${steps.slow.output.pid}",
    },
}
DOCUMENTATION = Path(__file__).resolve().parents[3] / "docs" / "modules.md"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    process = HubProcess(tmp_path / "hub", NMS_MODULE_LOST_SECONDS=str(LOST_SECONDS))
    yield process
    process.kill()


@pytest.fixture
def admin(hub: HubProcess) -> HubClient:
    hub.wait_for("NMS serves at")
    return HubClient(hub.url, hub.wait_for(r"Password: (\S+)").group(1))


@pytest.fixture
def start(tmp_path: Path, hub: HubProcess) -> Iterator[Start]:
    started: list[RemoteProcess] = []

    def start_one(*options: str, **arguments: str) -> RemoteProcess:
        process = RemoteProcess(tmp_path, hub.url, "--heartbeat", "0.4", *options, **arguments)
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()


@pytest.fixture
def wait_until_lost(tmp_path: Path, admin: HubClient) -> Callable[[str], None]:
    """Let the time pass after which a module that is silent is lost."""

    def is_lost(name: str) -> bool:
        # Each time: a heartbeat that was on its way may come after the first.
        silence_passes(tmp_path / "hub", name, LOST_SECONDS + 1)
        return bool(admin.module(name)["state"] == "lost")

    return lambda name: eventually("the module is lost", lambda: is_lost(name))


@pytest.mark.slow
def test_a_remote_module_lives_dies_is_noticed_and_comes_back_changed(
    admin: HubClient, start: Start, wait_until_lost: Callable[[str], None]
) -> None:
    first = start("--capability", "weather.report", token=admin.token)
    assert first.wait_until_registered() == 201
    answer = admin.call("weather.report", city="Berlin")
    assert answer.status_code == 200, answer.text
    output = answer.json()["output"]
    assert output["echo"] == {"city": "Berlin"}
    assert output["pid"] == first.pid
    assert output["call"]["actor"] == "admin"
    assert output["call"]["deadline"].endswith("Z")
    seen = admin.module("weather")
    assert (seen["state"], seen["messages"], seen["errors"]) == ("active", 1, 0)
    assert seen["last_activity_at"]

    first.kill()

    def is_open() -> bool:
        refused = admin.call("weather.report")
        assert (refused.status_code, refused.json()["code"]) == (502, "unreachable")
        return "circuit is open" in refused.json()["message"]

    eventually("the circuit opens", is_open)
    wait_until_lost("weather")
    lost = admin.call("weather.report")
    assert (lost.status_code, lost.json()["code"]) == (503, "capability_unavailable")
    assert "weather" in lost.json()["message"]
    assert admin.ask("GET", "hub/capabilities/weather.report/").json()["available"] is False

    # It comes back by its own signature, newer and with another capability: nothing else is restarted.
    second = start("--capability", "weather.forecast", "--version", "2.0.0")
    assert second.wait_until_registered() == 200
    assert admin.call("weather.report").status_code == 503
    answer = admin.call("weather.forecast")
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"]["version"] == "2.0.0"
    assert answer.json()["output"]["pid"] == second.pid

    told = [event["type"] for event in admin.events(subject="module:weather", ordering="position")]
    assert told == ["module.registered", "module.lost", "module.updated", "module.recovered"]


@pytest.mark.slow
def test_a_module_that_was_silent_recovers_by_a_heartbeat(
    admin: HubClient, start: Start, wait_until_lost: Callable[[str], None]
) -> None:
    silent = start("--capability", "weather.report", token=admin.token)
    silent.wait_until_registered()
    silent.pause()
    wait_until_lost("weather")
    silent.go_on()
    eventually("the module is back", lambda: admin.module("weather")["state"] == "active")
    assert admin.module("weather")["health"]["status"] == "healthy"
    assert admin.call("weather.report").ok


@pytest.mark.slow
def test_what_a_remote_module_answers_is_checked(admin: HubClient, start: Start) -> None:
    start("--capability", "weather.report", token=admin.token).wait_until_registered()
    failed = admin.call("weather.report", fail="no sky today")
    assert (failed.status_code, failed.json()["code"]) == (502, "told_to_fail")
    assert failed.json()["message"] == "no sky today"
    wrong = admin.call("weather.report", wrong=True)
    assert (wrong.status_code, wrong.json()["code"]) == (502, "output_invalid")
    assert "echo" in wrong.json()["message"]
    garbage = admin.call("weather.report", garbage=True)
    assert (garbage.status_code, garbage.json()["code"]) == (502, "malformed_answer")
    assert admin.call("weather.report", sleep="long").status_code == 400
    late = admin.ask("POST", "hub/capabilities/weather.report/call/", {"input": {"sleep": 50}, "timeout_seconds": 0.5})
    assert (late.status_code, late.json()["code"]) == (504, "timeout")
    assert late.elapsed.total_seconds() < 25
    assert admin.module("weather")["errors"] == 4


@pytest.mark.slow
def test_a_module_hears_of_another_by_the_event_it_subscribed_to(admin: HubClient, start: Start) -> None:
    listener = start(
        *("--capability", "listener.hear", "--topic", "module.*"),
        name="listener",
        token=admin.token,
    )
    listener.wait_until_registered()
    start("--capability", "weather.report", token=admin.token).wait_until_registered()
    event = eventually(
        "the listener heard",
        lambda: next((event for event in listener.received("event") if event["subject"] == "module:weather"), None),
    )
    assert event["type"] == "module.registered"
    assert event["data"]["capabilities"] == ["weather.report"]


@pytest.mark.slow
def test_what_happens_while_a_module_is_away_reaches_it_once_when_it_is_back(
    admin: HubClient, start: Start, wait_until_lost: Callable[[str], None]
) -> None:
    listening = ("--topic", "module.registered")
    first = start(*listening, name="listener", token=admin.token)
    first.wait_until_registered()
    first.kill()
    start("--capability", "weather.report", token=admin.token).wait_until_registered()
    wait_until_lost("listener")
    start("--capability", "tides.report", name="tides", token=admin.token).wait_until_registered()
    back = start(*listening, name="listener")
    back.wait_until_registered()

    def subjects() -> set[str]:
        return {event["subject"] for event in back.received("event")}

    eventually("the listener has it all", lambda: {"module:weather", "module:tides"} <= subjects(), seconds=120)
    heard = [event["subject"] for event in back.received("event")]
    assert heard.count("module:weather") == heard.count("module:tides") == 1


@pytest.mark.slow
def test_a_remote_module_takes_part_in_a_workflow_though_it_dies_in_the_middle(admin: HubClient, start: Start) -> None:
    first = start("--capability", "weather.report", "--sleep-factor", "100", token=admin.token)
    first.wait_until_registered()
    made = admin.ask("POST", "hub/workflows/", WEATHER_WORKFLOW)
    assert made.status_code == 201, made.text
    run = admin.ask("POST", "hub/workflows/execute/", {"workflow": "ask_twice", "input": {"city": "Berlin"}}).json()

    def steps() -> dict[str, dict[str, Any]]:
        listed = admin.ask("GET", f"hub/workflow-runs/{run['id']}/steps/").json()
        return {step["step"]: step for step in listed["data"]}

    eventually("the second step runs", lambda: steps()["slow"]["state"] == "running")
    first.kill()  # in the middle of the call
    eventually("the step waits for another try", lambda: steps()["slow"]["state"] == "waiting")
    second = start("--capability", "weather.report", "--version", "2.0.0")
    ended = eventually(
        "the run ends",
        lambda: (found := admin.ask("GET", f"hub/workflow-runs/{run['id']}/").json())["finished_at"] and found,
        seconds=120,
    )
    assert ended["state"] == "succeeded", ended
    assert ended["output"] == {"city": "Berlin", "first": first.pid, "second": second.pid}
    told = [event["type"] for event in admin.events(subject=f"workflow_run:{run['id']}", ordering="position")]
    assert told[0] == "workflow.started"
    assert "workflow.step_retrying" in told
    assert told[-1] == "workflow.succeeded"


# --- The examples of docs/modules.md ---


def documented(pattern: str) -> str:
    found = re.search(pattern, DOCUMENTATION.read_text(), re.DOTALL)
    assert found, pattern
    return textwrap.dedent(found.group(1))


@pytest.fixture
def weather_of_the_documentation(tmp_path: Path, hub: HubProcess, admin: HubClient) -> Iterator[None]:
    program = tmp_path / "weather.py"
    program.write_text(documented(r"```python\n(.*?)```"))
    process = subprocess.Popen([sys.executable, str(program), hub.url, SECRET, str(free_port()), admin.token])
    try:
        eventually("it is registered", lambda: admin.ask("GET", "hub/modules/weather/").ok)
        yield
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.slow
def test_the_module_of_the_documentation_works(admin: HubClient, weather_of_the_documentation: None) -> None:
    assert admin.call("weather.report", city="Berlin").json() == {"output": {"celsius": -3.5}}
    assert admin.call("weather.report", city="Atlantis").json()["code"] == "no_sky"
    assert admin.call("weather.report", city=7).status_code == 400


@pytest.mark.slow
@pytest.mark.needs("curl", "openssl")
def test_the_signature_of_the_documentation_works_with_curl(
    hub: HubProcess, admin: HubClient, weather_of_the_documentation: None
) -> None:
    script = documented(r"With curl:\n\n(.*?)\n\n")
    environment = {"PATH": "/usr/bin:/bin", "HUB": hub.url, "SECRET": SECRET}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert '"state":"active"' in done.stdout, done.stdout + done.stderr
    assert admin.module("weather")["health"] == {"status": "healthy", "detail": ""}
