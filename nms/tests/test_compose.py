"""The container files are well formed and keep their promises. No image is built here: that needs a registry."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from nms.environment import BASE_DIR, read_environment

COMPOSE: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
WORKERS = [name for name in SERVICES if name.startswith("worker")]
OURS = ("migrate", "web", *WORKERS, "beat")
DOCKERFILE_INSTRUCTIONS = {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


@pytest.mark.needs("docker-compose")
def test_compose_accepts_the_file(program: Callable[[str], str], tmp_path: Path) -> None:
    shutil.copy(BASE_DIR / "docker-compose.yml", tmp_path)
    done = subprocess.run(
        [program("docker-compose"), "config", "--quiet"],
        cwd=tmp_path,
        env={"NMS_ALLOWED_HOSTS": "nms.example.org", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.needs("docker-compose")
def test_compose_asks_for_the_host_names_rather_than_guess(program: Callable[[str], str], tmp_path: Path) -> None:
    shutil.copy(BASE_DIR / "docker-compose.yml", tmp_path)
    done = subprocess.run(
        [program("docker-compose"), "config", "--quiet"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "NMS_ALLOWED_HOSTS" in done.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["networks"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ("migrate", "web")])
def test_every_long_running_service_has_its_health_check(name: str) -> None:
    """The web server's stands in the image, and a migration ends by itself."""
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", [name for name in OURS if name != "migrate"])
def test_nothing_starts_before_the_database_is_migrated(name: str) -> None:
    needs = SERVICES[name]["depends_on"]
    assert needs["migrate"] == {"condition": "service_completed_successfully"}
    assert needs["redis"] == needs["postgres"] == {"condition": "service_healthy"}


def _queues(worker: str) -> set[str]:
    command = SERVICES[worker]["command"]
    return set(command[command.index("--queues") + 1].split(","))


def test_every_queue_is_served_and_a_worker_is_kept_for_what_is_urgent() -> None:
    known = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    assert set.union(*(_queues(worker) for worker in WORKERS)) == known
    assert {"critical", "high"} in [_queues(worker) for worker in WORKERS]
    for worker in WORKERS:
        assert _queues(worker).isdisjoint({"discovery", "polling"}) or _queues(worker) <= {"discovery", "polling"}


@pytest.mark.parametrize("name", WORKERS)
def test_workers_show_their_metrics_inside_alone(name: str) -> None:
    variables = SERVICES[name]["environment"]
    shared = {key: value for key, value in variables.items() if key.startswith("NMS_WORKER_METRICS")}
    environment = read_environment(shared)
    assert environment.worker_metrics_port == 9100
    assert environment.worker_metrics_host == "0.0.0.0"  # of a container without published ports
    assert "ports" not in SERVICES[name]


def test_only_the_web_server_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


@pytest.mark.parametrize(
    ("peer", "seen"), [("172.18.0.1", "203.0.113.9"), ("198.51.100.7", "198.51.100.7")], ids=["proxy", "stranger"]
)
async def test_the_address_of_a_user_is_what_the_proxy_says_and_nobody_else(peer: str, seen: str) -> None:
    """Failed logins are counted by address: behind a proxy all users would share one."""
    addresses = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        addresses.append(scope["client"][0])

    believed = _interpolated(SERVICES["web"]["environment"]["FORWARDED_ALLOW_IPS"])
    server: Any = ProxyHeadersMiddleware(application, believed)
    headers = [(b"x-forwarded-for", b"192.0.2.1, 203.0.113.9")]  # the first is what the user claimed himself
    await server({"type": "http", "client": (peer, 40000), "headers": headers, "scheme": "http"}, None, None)
    assert addresses == [seen]


def test_database_and_broker_have_no_way_out() -> None:
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["backend"]
    assert COMPOSE["networks"]["backend"]["internal"] is True


def test_the_generated_secrets_and_the_compose_environment_make_a_production_start(tmp_path: Path) -> None:
    """What docker compose would hand to the containers, read as the containers would read it."""
    shutil.copy(BASE_DIR / "deploy" / "make-secrets", tmp_path)
    subprocess.run([tmp_path / "make-secrets"], check=True, timeout=60, capture_output=True)
    before = {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}
    assert set(before) == set(COMPOSE["secrets"])
    variables = {name: _interpolated(value) for name, value in SERVICES["web"]["environment"].items()}
    for name, value in variables.items():
        variables[name] = value.replace("/run/secrets", str(tmp_path / "secrets"))
    environment = read_environment(variables)
    assert environment.production
    assert environment.allowed_hosts == ["localhost", "nms.example.org"]
    assert environment.database_url is not None
    assert before["database_password"] in environment.database_url.get_secret_value()
    assert before["redis_password"] in (environment.redis_url.get_secret_value() if environment.redis_url else "")
    subprocess.run([tmp_path / "make-secrets"], check=True, timeout=60, capture_output=True)
    assert {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()} == before, "made only once"


def _interpolated(value: str) -> str:
    """Compose's ${NAME:-default} and ${NAME:?message}, with NMS_ALLOWED_HOSTS alone given."""
    value = value.replace("${NMS_ALLOWED_HOSTS:?set it to the host names that users will type}", "nms.example.org")
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), comments gone and continued lines joined."""
    lines = [line for line in (BASE_DIR / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def test_the_dockerfile_holds_known_instructions_and_existing_sources(dockerfile: list[tuple[str, str]]) -> None:
    assert {instruction for instruction, _ in dockerfile} <= DOCKERFILE_INSTRUCTIONS
    stages = {arguments.split()[-1] for instruction, arguments in dockerfile if " AS " in arguments}
    for instruction, arguments in dockerfile:
        if instruction != "COPY":
            continue
        *sources, _target = [part for part in arguments.split() if not part.startswith("--")]
        if stage := re.search(r"--from=(\S+)", arguments):
            assert stage[1] in stages
        else:
            ignored = (BASE_DIR / ".dockerignore").read_text().splitlines()
            for source in sources:
                assert (BASE_DIR / source).exists(), source
                assert f"!{source.removeprefix('./')}" in ignored, f".dockerignore keeps {source} out of the build"


def test_the_image_runs_as_an_ordinary_user_and_checks_its_health(dockerfile: list[tuple[str, str]]) -> None:
    last_stage = dockerfile[max(index for index, (name, _) in enumerate(dockerfile) if name == "FROM") :]
    assert [arguments for name, arguments in last_stage if name == "USER"] == ["nms"]
    assert any("/health/" in arguments for name, arguments in last_stage if name == "HEALTHCHECK")
    after_user = [name for name, _ in last_stage[[name for name, _ in last_stage].index("USER") :]]
    assert "COPY" not in after_user, "what the service can write to, it could replace"
    assert "RUN" not in after_user
