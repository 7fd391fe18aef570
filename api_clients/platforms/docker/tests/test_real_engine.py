"""The client against a real dockerd: containers that are killed and started again, what they say and what they use."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from api_clients.domain.errors import InvalidRequest, Rejected, Unreachable
from api_clients.domain.values import Stream
from api_clients.infrastructure.wire import ConnectionSettings
from api_clients.platforms.docker.client import DockerClient
from api_clients.platforms.docker.tests.servers import IMAGE, Engine
from api_clients.tests.connected import connected
from api_clients.tests.servers import free_port
from api_clients.tests.waiting import eventually

pytestmark = pytest.mark.needs("dockerd", "busybox")

IDLE = "exec sleep 1000"


@pytest.fixture
def client(dockerd: Engine) -> Iterator[DockerClient]:
    with connected(DockerClient, dockerd.url) as made:
        yield made


class Watched:
    """A stream that tells when somebody reads it."""

    def __init__(self, inner: Stream) -> None:
        self._inner = inner
        self.is_read = threading.Event()

    def read(self) -> bytes:
        self.is_read.set()
        return self._inner.read()

    def close(self) -> None:
        self._inner.close()


def test_the_engine_says_what_it_is(client: DockerClient) -> None:
    version, info = client.version(), client.info()
    assert client.health().version == version.version == info.version
    assert version.api_version.startswith("1.")
    assert (info.cpus > 0, info.memory_bytes > 2**26, info.running >= 0) == (True, True, True)
    assert info.storage_driver == "vfs"


def test_a_container_is_killed_and_healed_and_the_events_tell_of_it(dockerd: Engine, client: DockerClient) -> None:
    identity = dockerd.run("victim", f"echo up; {IDLE}", Labels={"nms.service": "true"})
    before = client.container("victim")
    assert (before.id, before.is_running, before.exit_code, before.image) == (identity, True, 0, IMAGE)

    client.kill("victim")
    eventually(lambda: not client.container("victim").is_running)
    dead = client.container("victim")
    assert (dead.state, dead.exit_code) == ("exited", 137)
    assert dead.finished_at is not None
    assert "victim" not in [item.name for item in client.containers()]
    assert "victim" in [item.name for item in client.containers(all=True)]

    client.restart("victim", timeout_seconds=0)
    healed = client.container("victim")
    assert healed.is_running
    assert healed.process != before.process
    actions = [event.action for event in client.events(container="victim")]
    assert actions[actions.index("kill") :] == ["kill", "die", "start", "restart"]
    assert {event.name for event in client.events(container=identity)} == {"victim"}


def test_starting_what_runs_and_stopping_what_does_not_changes_nothing(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("lazy", IDLE)
    assert client.start("lazy") is False
    assert client.stop("lazy", timeout_seconds=0) is True
    assert client.stop("lazy", timeout_seconds=0) is False
    assert client.start("lazy") is True
    assert client.container("lazy").is_running


def test_a_service_is_found_by_its_labels_and_answers_where_it_is_said_to(
    dockerd: Engine, client: DockerClient
) -> None:
    port = free_port()
    labels = {
        "nms.service": "true",
        "nms.service.name": "front page",
        "nms.service.type": "backend",
        "nms.service.port": str(port),
    }
    probe = {"Test": ["CMD", "ls", "/tmp/well"], "Interval": 200_000_000, "Retries": 1}
    script = f"echo hello > /tmp/index.html; touch /tmp/well; exec httpd -f -p 127.0.0.1:{port} -h /tmp"
    dockerd.run("web", script, Labels=labels, Healthcheck=probe, HostConfig={"NetworkMode": "host"})
    dockerd.run("other", IDLE, Labels={"nms.service": "false"})

    eventually(lambda: client.container_health("web").status == "healthy")
    (found,) = [item for item in client.services() if item.container == "web"]
    assert (found.name, found.type, found.port, found.health) == ("front page", "backend", port, "healthy")
    assert "other" not in [item.container for item in client.services()]
    with urllib.request.urlopen(f"http://{found.address}:{found.port}/index.html", timeout=30) as answer:
        assert answer.read() == b"hello\n"


def test_a_check_that_fails_is_unhealthy_with_its_output(dockerd: Engine, client: DockerClient) -> None:
    probe = {"Test": ["CMD", "ls", "/tmp/well"], "Interval": 100_000_000, "Retries": 2}
    dockerd.run("sick", IDLE, Healthcheck=probe)
    eventually(lambda: client.container_health("sick").status == "unhealthy")
    health = client.container_health("sick")
    assert health.failing_streak >= 2
    assert "/tmp/well: No such file" in health.probes[-1].output
    assert next(item for item in client.containers() if item.name == "sick").health == "unhealthy"


def test_output_of_both_streams_is_told_apart_in_order_and_by_time(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("talker", f"echo one; sleep 0.2; echo zwei äöü >&2; sleep 0.2; echo three; {IDLE}")
    lines = eventually(lambda: found if len(found := client.logs("talker")) == 3 else None)
    assert [(line.stream, line.message) for line in lines] == [
        ("stdout", "one"),
        ("stderr", "zwei äöü"),
        ("stdout", "three"),
    ]
    assert [line.message for line in client.logs("talker", tail=1)] == ["three"]
    assert [line.message for line in client.logs("talker", output="stderr")] == ["zwei äöü"]
    later = lines[1].at + (lines[2].at - lines[1].at) / 2
    assert [line.message for line in client.logs("talker", since=later)] == ["three"]
    assert [line.message for line in client.logs("talker", until=later)] == ["one", "zwei äöü"]
    assert abs(datetime.now(UTC) - lines[0].at) < timedelta(minutes=1)


def test_a_line_longer_than_a_frame_is_one_line(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("long", f"head -c 40000 /dev/zero | tr '\\000' x; echo; echo end; {IDLE}")
    lines = eventually(lambda: found if len(found := client.logs("long")) == 2 else None)
    assert [line.message for line in lines] == ["x" * 40_000, "end"]


def test_output_of_a_terminal_has_no_frames(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("tty", f"echo one; echo two >&2; {IDLE}", Tty=True)
    lines = eventually(lambda: found if len(found := client.logs("tty")) == 2 else None)
    assert [(line.stream, line.message) for line in lines] == [("stdout", "one"), ("stdout", "two")]


def test_output_is_followed_and_becomes_documents_for_elasticsearch(dockerd: Engine, client: DockerClient) -> None:
    labels = {"nms.service": "true", "nms.service.name": "ticker"}
    identity = dockerd.run("ticker", "i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.1; done", Labels=labels)
    with client.follow_log_documents("ticker", since=datetime(2000, 1, 1, tzinfo=UTC), index="logs-lab") as documents:
        pairs = [[json.loads(part) for part in body.splitlines()] for body in islice(documents, 3)]
    assert [document["message"] for _, document in pairs] == ["tick 1", "tick 2", "tick 3"]
    action, document = pairs[0]
    assert action["create"]["_index"] == "logs-lab"
    assert document["container"] == {"id": identity, "name": "ticker", "image": {"name": IMAGE}}
    assert document["labels"] == {"nms_service": "true", "nms_service_name": "ticker"}
    assert document["stream"] == "stdout"
    assert datetime.fromisoformat(document["@timestamp"]).tzinfo is not None

    bounded = client.log_documents("ticker", tail=1000, index="logs-lab").splitlines()
    assert [json.loads(bounded[at])["create"]["_id"] for at in (0, 2, 4)] == [
        action["create"]["_id"] for action, _ in pairs
    ]


def test_the_end_of_a_container_ends_what_follows_it(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("brief", "echo begin; sleep 0.5; echo end")
    with client.follow_logs("brief", since=datetime(2000, 1, 1, tzinfo=UTC)) as lines:
        assert [line.message for line in lines] == ["begin", "end"]


def test_closing_from_elsewhere_ends_a_quiet_stream(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("quiet", IDLE)
    lines = client.follow_logs("quiet")
    read: list[object] = []
    stream = lines._stream = Watched(lines._stream)
    reader = threading.Thread(target=lambda: read.extend(lines), daemon=True)
    reader.start()
    assert stream.is_read.wait(30)
    lines.close()
    reader.join(30)
    assert not reader.is_alive()
    assert read == []


def test_events_are_watched_as_they_happen(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("actor", IDLE)
    with client.watch_events(actions=("die", "start"), container="actor") as events:
        client.restart("actor", timeout_seconds=0)
        seen = [event.action for event in islice(events, 2)]
    assert seen == ["die", "start"]


def test_a_busy_container_is_told_from_an_idle_one(dockerd: Engine, client: DockerClient) -> None:
    dockerd.remove_all()
    dockerd.run("busy", "while true; do :; done", Labels={"nms.service": "true"})
    dockerd.run("idle", IDLE, Labels={"nms.service": "true"})
    try:
        busy, idle = client.statistics("busy"), client.statistics("idle")
        assert busy.cpu_percent is not None
        assert busy.cpu_percent > 5  # of a machine that may be busy with other things
        assert (idle.cpu_percent or 0.0) < 5
        assert 0 < busy.memory_bytes < 2**26
        assert busy.memory_limit_bytes > 2**26
        assert busy.processes == 1
        figures = {(item.name, item.labels.get("container")): item.value for item in client.figures()}
        assert figures["cpu.used", "busy"] > 5
        assert figures["memory.used", "idle"] > 0
        assert figures["containers.running", None] >= 2
    finally:
        dockerd.remove("busy")


def test_what_does_not_run_uses_nothing_and_says_so(dockerd: Engine, client: DockerClient) -> None:
    dockerd.run("done", "true")
    eventually(lambda: not client.container("done").is_running)
    with pytest.raises(Rejected, match="done does not run"):
        client.statistics("done")


def test_what_is_not_there_is_rejected_in_the_engines_words(client: DockerClient) -> None:
    with pytest.raises(Rejected, match="No such container: nobody") as caught:
        client.restart("nobody")
    assert caught.value.status == 404


@pytest.mark.parametrize("name", ["", "../info", "a/b", "a b", "a\nb", "json?all=1", "-x", "a" * 300, "%2e%2e"])
def test_what_is_no_name_is_not_sent(client: DockerClient, name: str) -> None:
    with pytest.raises(InvalidRequest):
        client.kill(name)


def test_an_engine_that_is_gone_is_unreachable(dockerd: Engine) -> None:
    connection = ConnectionSettings(connect_timeout_seconds=1.0, read_timeout_seconds=1.0)
    with (
        connected(DockerClient, f"{dockerd.url}.none", connection=connection) as client,
        pytest.raises(Unreachable, match="there is no socket"),
    ):
        client.health()
