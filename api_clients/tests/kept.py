"""Says which services of the catalogue keep no contract: `python -m api_clients.tests.kept`, part of `make check`.

A service has a class derived from `ServiceContract` in `tests/test_contract.py` of its folder (a client of devices one
derived from `DeviceContract`), and an example for every operation that cannot be called without arguments.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from types import ModuleType

from api_clients.catalog import CATALOG, ServiceEntry
from api_clients.domain.operation import example_of, operations_of
from api_clients.tests.contract import ServiceContract
from api_clients.tests.device_contract import DeviceContract


def contract_of(entry: ServiceEntry) -> type[ServiceContract] | None:
    """Return the first contract of a service, as the catalogue's own tests run it."""
    module = _tests_of(entry)
    return next(_contracts(module, entry.load()), None) if module else None


def problems() -> Iterator[str]:
    """Say what each service lacks."""
    for entry in CATALOG.values():
        where = f"api_clients/{entry.family}/{entry.name}"
        if entry.kind == "device":
            if not _keeps_device_contract(entry):
                yield f"{where}/tests/test_contract.py: no class Test... derived from DeviceContract says {entry.name}"
            continue
        if contract_of(entry) is None:
            yield f"{where}/tests/test_contract.py: no class Test... derived from ServiceContract runs {entry.client}"
        yield from (f"{where}: {problem}" for problem in _without_example(entry.load()))


def _tests_of(entry: ServiceEntry) -> ModuleType | None:
    try:
        return importlib.import_module(f"api_clients.{entry.family}.{entry.name}.tests.test_contract")
    except ModuleNotFoundError:
        return None


def _keeps_device_contract(entry: ServiceEntry) -> bool:
    module = _tests_of(entry)
    return module is not None and any(
        name.startswith("Test") and issubclass(found, DeviceContract) and getattr(found, "service", "") == entry.name
        for name, found in inspect.getmembers(module, inspect.isclass)
    )


def _contracts(module: ModuleType, client: type) -> Iterator[type[ServiceContract]]:
    for name, found in inspect.getmembers(module, inspect.isclass):
        if name.startswith("Test") and issubclass(found, ServiceContract) and found.client_class is client:
            yield found


def _without_example(client: type) -> Iterator[str]:
    for operation in operations_of(client):
        parameters = list(inspect.signature(getattr(client, operation.name)).parameters.values())[1:]
        needed = {item.name for item in parameters if item.default is inspect.Parameter.empty}
        example = set(example_of(client, operation))
        lacking = sorted(needed - example)
        unknown = sorted(example - {item.name for item in parameters})
        if lacking:
            yield f"{operation.name}: its example lacks {', '.join(lacking)}"
        if unknown:
            yield f"{operation.name}: its example has {', '.join(unknown)}, which it does not take"


if __name__ == "__main__":
    found = list(problems())
    print("\n".join(found) or f"{len(CATALOG)} services: every contract is there")
    sys.exit(bool(found))
