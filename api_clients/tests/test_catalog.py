from __future__ import annotations

import subprocess
import sys

import pytest

from api_clients.catalog import CATALOG, ServiceEntry, make_catalog
from api_clients.domain.operation import operations_of
from api_clients.tests.example_service import StoreroomClient


@pytest.mark.parametrize("entry", CATALOG.values(), ids=lambda entry: entry.name)
def test_every_entry_names_a_client_that_is_there(entry: ServiceEntry) -> None:
    assert isinstance(entry.load(), type)
    assert f"api_clients.{entry.family}.{entry.name}." in entry.client


def test_a_name_that_comes_twice_is_refused() -> None:
    entry = ServiceEntry("x", "tests", "service", "a:B", "")
    with pytest.raises(ValueError, match="x is in the catalogue twice"):
        make_catalog([entry, entry])


def test_what_a_client_can_do_is_known_without_an_instance() -> None:
    described = {item.name: (item.idempotent, item.role, item.lane) for item in operations_of(StoreroomClient)}
    assert described == {
        "add": (False, "operator", "write"),
        "health": (True, "viewer", "monitoring"),
        "part": (True, "viewer", "monitoring"),
        "parts": (True, "viewer", "read"),
    }


def test_importing_the_clients_needs_no_django_and_starts_nothing() -> None:
    code = (
        "import sys, threading, api_clients.container, api_clients.catalog;"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('django', 'celery', 'channels')];"
        "assert threading.active_count() == 1;"
        "assert 'api_clients.network.snmp.client' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
