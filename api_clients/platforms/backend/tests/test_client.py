"""A JSON service that only a configuration describes: what is sent, what is refused, what is cached, who stands in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from api_clients.clients import Clients
from api_clients.configuration import ConfigurationInvalid, TargetModel
from api_clients.container import make_container
from api_clients.domain.errors import CircuitOpen, InvalidRequest, Malformed, Rejected, Unreachable
from api_clients.platforms.backend.simulator import KEY, KEY_HEADER, StoreroomSimulator, make_simulator
from api_clients.simulation import SimulatorServer, garbage, serve

DESCRIPTION = """
      health: {path: /api/about, version_in: about.version}
      operations:
        parts:
          path: /api/parts
          arguments: {limit: {type: integer, minimum: 1, default: 2}}
          answer_in: parts
          answer: {type: array, items: {type: object, required: [number, name]}}
        part: {path: "/api/parts/{number}", arguments: {number: {type: integer}}, cache_seconds: 60}
        add: {method: POST, path: /api/parts, arguments: {name: {type: string, minLength: 1}}}
        clear: {method: DELETE, path: /api/parts, role: admin}
"""


@pytest.fixture
def simulator() -> StoreroomSimulator:
    return make_simulator()


@pytest.fixture
def server(simulator: StoreroomSimulator) -> Iterator[SimulatorServer]:
    with serve(simulator) as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path) -> Callable[..., Clients]:
    secret = tmp_path / "key"
    secret.write_text(KEY)

    def clients(**targets: str) -> Clients:
        """Targets by name: the address, and after a space the name of a fallback."""
        described = {
            name: {
                "instances": [{"url": text.partition(" ")[0]}],
                "auth": {"kind": "api_key", "header": KEY_HEADER, "token_file": str(secret)},
                "retry": {"attempts": 1},
                "fallback": text.partition(" ")[2] or None,
                "options": yaml.safe_load(DESCRIPTION),
            }
            for name, text in targets.items()
        }
        path = tmp_path / "clients.yaml"
        path.write_text(json.dumps({"services": {"backend": {"targets": described}}}))  # JSON is YAML
        return make_container(clients_file=path, prometheus_registry=CollectorRegistry()).clients()

    return clients


@pytest.fixture
def backend(server: SimulatorServer, configured: Callable[..., Clients]) -> Any:
    return configured(main=server.url).get("backend")


def test_what_is_described_can_be_listed_without_asking(backend: Any, simulator: StoreroomSimulator) -> None:
    listed = {item.name: (item.method, item.role, item.idempotent, item.required) for item in backend.operations()}
    assert listed == {
        "parts": ("GET", "viewer", True, ()),
        "part": ("GET", "viewer", True, ("number",)),
        "add": ("POST", "operator", False, ("name",)),
        "clear": ("DELETE", "admin", True, ()),
    }
    assert simulator.received == []


def test_arguments_go_where_the_description_says(backend: Any, simulator: StoreroomSimulator) -> None:
    assert backend.read("parts") == [{"number": 0, "name": "bolt"}, {"number": 1, "name": "nut"}]
    assert backend.read("part", {"number": 2}) == {"number": 2, "name": "washer"}
    assert backend.act("add", {"name": "rivet"}) == {"number": 3, "name": "rivet"}
    assert backend.administer("clear") is None
    sent = [(item.method, item.path, dict(item.params), item.body) for item in simulator.received]
    assert sent == [
        ("GET", "/api/parts", {"limit": ["2"]}, b""),
        ("GET", "/api/parts/2", {}, b""),
        ("POST", "/api/parts", {}, b'{"name":"rivet"}'),
        ("DELETE", "/api/parts", {}, b""),
    ]


def test_arguments_are_called_as_the_service_calls_them(server: SimulatorServer, simulator: StoreroomSimulator) -> None:
    arguments: dict[str, Any] = {"template": {}, "page-size": {"default": 5}, "filter[name]": {}, "$top": {}}
    described = {"parts": {"path": "/api/{template}", "arguments": arguments, "required": ["template"]}}
    model = TargetModel.model_validate(
        {
            "instances": [{"url": server.url}],
            "auth": {"kind": "api_key", "header": KEY_HEADER, "token": SecretStr(KEY)},
            "options": {"operations": described},
        }
    )
    clients = make_container(prometheus_registry=CollectorRegistry()).clients()
    clients.lend("backend", "main", model)
    clients.get("backend").read("parts", {"template": "parts", "filter[name]": "bolt", "$top": 1})
    (sent,) = simulator.received
    assert (sent.path, dict(sent.params)) == (
        "/api/parts",
        {"page-size": ["5"], "filter[name]": ["bolt"], "$top": ["1"]},
    )


def test_a_cached_operation_is_asked_once_for_each_argument(backend: Any, simulator: StoreroomSimulator) -> None:
    for _ in range(5):
        backend.read("part", {"number": 1})
        backend.read("part", {"number": 2})
    assert [item.path for item in simulator.received] == ["/api/parts/1", "/api/parts/2"]


@pytest.mark.parametrize(
    ("method", "operation", "arguments", "message"),
    [
        ("read", "people", {}, "no such operation. There are: add, clear, part, parts"),
        ("read", "part", {}, "the argument number is lacking"),
        ("read", "part", {"number": "one"}, "number: 'one' is not of type 'integer'"),
        ("read", "part", {"number": 1, "size": 2}, "it takes no argument size. It takes: number"),
        ("read", "parts", {"limit": 0}, "limit: 0 is less than the minimum of 1"),
        ("act", "add", {"name": ""}, "name: '' should be non-empty"),
        ("read", "add", {"name": "x"}, "for the role operator"),
        ("act", "clear", {}, "for the role admin"),
    ],
)
def test_a_wrong_call_is_refused_unsent(
    backend: Any, simulator: StoreroomSimulator, method: str, operation: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        getattr(backend, method)(operation, arguments)
    assert message in str(caught.value)
    assert simulator.received == []


def test_an_answer_that_is_not_as_described_is_malformed(backend: Any, simulator: StoreroomSimulator) -> None:
    simulator.inject(garbage(b'{"parts": [{"number": 1}]}'))
    with pytest.raises(Malformed):
        backend.read("parts")


def test_the_words_of_the_service_reach_the_caller(backend: Any) -> None:
    with pytest.raises(Rejected, match="no such part or place: /api/parts/99") as caught:
        backend.read("part", {"number": 99})
    assert (caught.value.operation, caught.value.status) == ("part", 404)


def test_a_fallback_answers_reads_in_its_stead_and_is_no_second_try_of_actions(
    simulator: StoreroomSimulator, server: SimulatorServer, configured: Callable[..., Clients]
) -> None:
    with serve(StoreroomSimulator("spare")) as other:
        backend = configured(main=f"{server.url} spare", spare=other.url).get("backend", "main")
        assert backend.read("parts")[0]["name"] == "bolt"
        server.stop()
        assert backend.read("parts") == [{"number": 0, "name": "spare"}]
        with pytest.raises(Unreachable):
            backend.act("add", {"name": "rivet"})
        other.stop()
        with pytest.raises(Unreachable) as caught:
            backend.read("parts")
    assert caught.value.target == "main", "the failure told is that of the target that was meant"


def test_no_fallback_does_what_was_meant_for_another_place(
    server: SimulatorServer, configured: Callable[..., Clients]
) -> None:
    spare = StoreroomSimulator("spare")
    with serve(spare) as other:
        backend = configured(main=f"{server.url} spare", spare=other.url).get("backend", "main")
        server.stop()
        with pytest.raises(Unreachable):
            backend.administer("clear")
        for _ in range(5):
            backend.read("parts")
        with pytest.raises(CircuitOpen):
            backend.act("add", {"name": "rivet"})
    assert spare.names == ["spare"]


def test_a_fallback_says_nothing_of_the_health_of_whom_it_stands_in_for(
    server: SimulatorServer, configured: Callable[..., Clients]
) -> None:
    with serve(StoreroomSimulator("spare")) as other:
        backend = configured(main=f"{server.url} spare", spare=other.url).get("backend", "main")
        assert backend.health().status == "healthy"
        server.stop()
        with pytest.raises(Unreachable):
            backend.health()


@pytest.mark.parametrize("fallback", ["main", "nowhere"])
def test_a_fallback_that_is_no_other_target_is_refused(configured: Callable[..., Clients], fallback: str) -> None:
    with pytest.raises(
        ConfigurationInvalid, match=r"services.backend.targets.main.fallback: .* There are: main, spare"
    ):
        configured(main=f"http://127.0.0.1:1 {fallback}", spare="http://127.0.0.1:2")


@pytest.mark.parametrize(
    ("description", "message"),
    [
        ("{}", r"options.operations: Field required"),
        ("{operations: {}}", r"options.operations: .*at least 1"),
        ("{operations: {x: {path: nowhere}}}", r"options.operations.x.path: should be an absolute path"),
        ("{operations: {x: {path: '/y}'}}}", r"options.operations.x.path: should hold braces around arguments alone"),
        ("{operations: {x: {path: /größe}}}", r"options.operations.x.path: .* not percent-encoded"),
        ("{operations: {x: {path: '/{y}'}}}", r"options.operations.x: path names \{y\}"),
        ("{operations: {x: {path: /, arguments: {y: {type: strange}}}}}", r"operations.x.arguments.y"),
        (
            "{operations: {x: {path: /, answer: {$ref: '#/components/Part'}}}}",
            r"operations.x.answer: a \$ref leads to no",
        ),
        ("{operations: {x: {path: '/{a.b}', arguments: {a.b: {}}}}}", r"operations.x: an argument in the path"),
        ("{operations: {x: {path: /, method: POST, cache_seconds: 5}}}", r"operations.x: cache_seconds needs"),
        ("{operations: {x: {path: /, secret: hidden}}}", r"operations.x.secret: Extra inputs"),
        ("{operations: {'a b': {path: /}}}", r"operations.a b"),
    ],
)
def test_a_wrong_description_is_refused_by_its_key(tmp_path: Path, description: str, message: str) -> None:
    path = tmp_path / "clients.yaml"
    target = f"{{instances: [{{url: 'http://x'}}], options: {description}}}"
    path.write_text(f"services: {{backend: {{targets: {{main: {target}}}}}}}")
    with pytest.raises(ConfigurationInvalid, match=message) as caught:
        make_container(clients_file=path, prometheus_registry=CollectorRegistry()).clients()
    assert "hidden" not in str(caught.value)
