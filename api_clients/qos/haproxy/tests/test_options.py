"""What the configuration says of a HAProxy, and the client that is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from pydantic import ValidationError

from api_clients.configuration import ConfigurationInvalid
from api_clients.configuration_secrets import Secrets
from api_clients.container import make_container
from api_clients.domain.errors import Unauthorized
from api_clients.qos.haproxy.options import HaproxyOptions
from api_clients.qos.haproxy.simulator import HaproxySimulator, HaproxySocketSimulator
from api_clients.qos.haproxy.simulator.process import SimulatedProcess
from api_clients.simulation import serve, serve_socket


@pytest.mark.parametrize(
    "address", ["unix:///run/haproxy/admin.sock", "tcp://192.0.2.1:9999", "tcp://[2001:db8::1]:9999", "tcp://lb:1"]
)
def test_addresses_of_sockets(address: str) -> None:
    assert HaproxyOptions(socket=address).socket == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/run/sock",
        "http://lb:1",
        "unix://run/sock",
        "unix://",
        "tcp://lb",
        "tcp://:99",
        "tcp://lb:1/x",
        "tcp://lb:x",
    ],
)
def test_what_is_no_address_of_a_socket_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match=r"should be unix://|Port"):
        HaproxyOptions(socket=address)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stats_path": "stats"},
        {"stats_path": "/stats?a b"},
        {"stats_path": "/stats?"},
        {"metrics_path": "/metrics?x"},
        {"stats_path": "/a b"},
        {"metrics_path": "/m;csv"},
        {"sockets": "unix:///x"},
        {"data_plane": {"url": "lb:5555", "username": "a", "password": "x"}},
        {"data_plane": {"url": "http://a:b@lb:5555", "username": "a", "password": "x"}},
        {"data_plane": {"url": "http://lb:5555", "username": "", "password": "x"}},
        {"data_plane": {"url": "http://lb:5555", "username": "a:b", "password": "x"}},
        {"data_plane": {"url": "http://lb:5555", "username": "a"}},
        {"data_plane": {"url": "http://lb:5555", "username": "a", "password_file": "/x"}},  # what it holds is put there
    ],
)
def test_other_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        HaproxyOptions.model_validate(wrong)


def test_a_client_is_made_of_the_configuration_file(tmp_path: Path) -> None:
    simulator = HaproxySimulator(data_plane_login=("plane", "s3cret"))
    (tmp_path / "plane").write_text("s3cret\n")
    with (
        serve(simulator) as http,
        serve_socket(HaproxySocketSimulator(simulator.process), path=tmp_path / "s") as on_socket,
    ):
        (tmp_path / "clients.yaml").write_text(
            f"""
services:
  haproxy:
    targets:
      edge:
        instances: [{{url: "{http.url}"}}]
        options:
          socket: "{on_socket.url}"
          data_plane: {{url: "{http.url}", username: plane, password_file: "{tmp_path}/plane"}}
      local:
        instances: [{{url: "{on_socket.url}"}}]
"""
        )
        container = make_container(clients_file=tmp_path / "clients.yaml", prometheus_registry=CollectorRegistry())
        edge = container.clients().get("haproxy", "edge")
        edge.drain_server("app", "s1")
        assert edge.configured_backends()[0].name == "app"
        local = container.clients().get("haproxy", "local")
        assert local.servers("app")[0].state == "drain"
        container.clients().close()


def test_another_password_of_the_data_plane_makes_another_client(tmp_path: Path) -> None:
    file, secret = tmp_path / "clients.yaml", tmp_path / "plane"
    secret.write_text("not yet\n")
    with serve(HaproxySimulator(data_plane_login=("plane", "s3cret"))) as http:
        plane = f'{{url: "{http.url}", username: plane, password_file: "{secret}"}}'
        target = f'{{instances: [{{url: "{http.url}"}}], options: {{data_plane: {plane}}}}}'
        file.write_text(f"services: {{haproxy: {{targets: {{edge: {target}}}}}}}")
        clients = make_container(clients_file=file, prometheus_registry=CollectorRegistry()).clients()
        with pytest.raises(Unauthorized):
            clients.get("haproxy", "edge").configuration_version()
        secret.write_text("s3cret\n")
        clients.refresh(now=True)
        assert clients.get("haproxy", "edge").configuration_version()
        clients.close()


@pytest.mark.parametrize("way", ["password_env: PLANE", "password_encrypted: opaque"])
def test_the_password_of_the_data_plane_is_given_as_all_secrets_are(tmp_path: Path, way: str) -> None:
    file = tmp_path / "clients.yaml"
    secrets = Secrets({"PLANE": "s3cret"}, lambda token: "s3cret")
    with serve(HaproxySimulator(data_plane_login=("plane", "s3cret"))) as http:
        plane = f'{{url: "{http.url}", username: plane, {way}}}'
        target = f'{{instances: [{{url: "{http.url}"}}], options: {{data_plane: {plane}}}}}'
        file.write_text(f"services: {{haproxy: {{targets: {{edge: {target}}}}}}}")
        container = make_container(clients_file=file, prometheus_registry=CollectorRegistry(), secrets=secrets)
        assert container.clients().get("haproxy", "edge").configuration_version()
        container.clients().close()


def test_a_configuration_that_makes_no_client_names_the_key(tmp_path: Path) -> None:
    file = tmp_path / "clients.yaml"
    for options, named in (
        ("{socket: /run/sock}", "services.haproxy.targets.edge.options.socket"),
        (
            f'{{data_plane: {{url: "http://lb:5555", username: a, password_file: "{tmp_path}/none"}}}}',
            "services.haproxy.targets.edge.options.data_plane.password_file",
        ),
        (
            '{data_plane: {url: "http://lb:5555", username: a, password: open}}',
            "options.data_plane.password: a secret does not stand in the file",
        ),
    ):
        file.write_text(
            f'services: {{haproxy: {{targets: {{edge: {{instances: [{{url: "http://lb"}}], options: {options}}}}}}}}}'
        )
        with pytest.raises(ConfigurationInvalid, match=named):
            make_container(clients_file=file, prometheus_registry=CollectorRegistry()).clients()


def test_another_place_to_ask_is_not_answered_from_what_the_first_one_said(tmp_path: Path) -> None:
    file = tmp_path / "clients.yaml"
    edge, other = HaproxySocketSimulator(), HaproxySocketSimulator(SimulatedProcess(entries={}))
    with (
        serve_socket(edge, path=tmp_path / "edge") as first,
        serve_socket(other, path=tmp_path / "other") as second,
    ):

        def entries(socket: str) -> int:
            target = f'{{instances: [{{url: "http://lb"}}], options: {{socket: "{socket}"}}}}'
            file.write_text(f"services: {{haproxy: {{targets: {{edge: {target}}}}}}}")
            container.clients().refresh(now=True)
            return container.clients().get("haproxy", "edge").stick_tables()[0].used  # cached for seconds

        file.write_text("services: {}")
        container = make_container(clients_file=file, prometheus_registry=CollectorRegistry())
        assert [entries(first.url), entries(second.url)] == [1, 0]
        container.clients().close()
