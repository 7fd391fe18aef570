"""What the configuration of a sensor says, and what of it is watched."""

from __future__ import annotations

from pathlib import Path

from prometheus_client import CollectorRegistry

from api_clients.container import make_container


def test_a_log_that_grows_is_no_change_of_the_configuration(tmp_path: Path) -> None:
    eve, file = tmp_path / "eve.json", tmp_path / "clients.yaml"
    eve.write_text("{}\n")
    target = f"{{instances: [{{url: 'unix://{tmp_path}/s'}}], options: {{eve_file: {eve}}}}}"
    file.write_text(f"services: {{suricata: {{targets: {{sensor: {target}}}}}}}")
    container = make_container(clients_file=file, prometheus_registry=CollectorRegistry())
    container.clients()
    watch = container.file()
    with eve.open("a") as log:
        log.write("{}\n")
    assert watch.changed(now=True) is None
    file.write_text(file.read_text() + "# looked at\n")
    assert watch.changed(now=True) is not None
