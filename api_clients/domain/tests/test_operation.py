from __future__ import annotations

import asyncio
import threading

import pytest

from api_clients.domain.errors import InvalidRequest
from api_clients.domain.operation import Invocation, current_invocation, describe, operation, operations_of


class Clinic:
    deadline_seconds = 30.0

    @operation(idempotent=True, role="viewer", cache_seconds=5.0)
    def look(self) -> Invocation | None:
        """Look at the patient.

        More words.
        """
        return current_invocation()

    @operation(idempotent=False, role="operator", deadline_seconds=2.0)
    def cut(self) -> tuple[Invocation | None, Invocation | None, Invocation | None]:
        before = current_invocation()
        return before, self.look(), current_invocation()

    @operation(idempotent=True, role="viewer")
    async def wait(self) -> Invocation | None:
        await asyncio.sleep(0)
        return current_invocation()

    def plain(self) -> None: ...


def test_a_marked_method_describes_itself() -> None:
    look = describe(Clinic.look)
    assert look is not None
    assert (look.name, look.idempotent, look.role, look.lane) == ("look", True, "viewer", "read")
    assert (look.cache_seconds, look.summary) == (5.0, "Look at the patient.")
    assert describe(Clinic.plain) is None


def test_the_operations_of_a_client_are_listed_by_name() -> None:
    assert [(item.name, item.lane) for item in operations_of(Clinic)] == [
        ("cut", "write"),
        ("look", "read"),
        ("wait", "read"),
    ]


def test_the_invocation_is_known_inside_and_gone_outside() -> None:
    inside = Clinic().look()
    assert inside is not None
    assert inside.operation.name == "look"
    assert current_invocation() is None


def test_an_inner_operation_keeps_its_own_description_and_the_stricter_deadline() -> None:
    before, inner, after = Clinic().cut()
    assert before is not None
    assert inner is not None
    assert inner.operation.name == "look"
    assert inner.deadline == before.deadline  # 2 s of the outer one, not 30 s of the client
    assert after == before


async def test_tasks_side_by_side_do_not_see_each_other() -> None:
    clinic = Clinic()
    found = await asyncio.gather(*(clinic.wait() for _ in range(5)))
    assert all(item is not None and item.operation.name == "wait" for item in found)
    assert current_invocation() is None


def test_another_thread_does_not_inherit_the_invocation() -> None:
    seen: list[Invocation | None] = []

    class Spawner:
        @operation(idempotent=True, role="viewer")
        def spawn(self) -> None:
            thread = threading.Thread(target=lambda: seen.append(current_invocation()))
            thread.start()
            thread.join()

    Spawner().spawn()
    assert seen == [None]


def test_a_cached_write_is_refused_where_it_is_declared() -> None:
    with pytest.raises(ValueError, match="idempotent"):
        operation(idempotent=False, role="operator", cache_seconds=1.0)


def test_a_generator_is_refused_because_its_body_would_run_outside_of_the_invocation() -> None:
    with pytest.raises(TypeError, match="generator"):

        @operation(idempotent=True, role="viewer")
        def pages() -> object:
            yield 1


def test_what_tells_a_secret_cannot_be_cached() -> None:
    with pytest.raises(ValueError, match="a cache would keep the secret"):
        operation(idempotent=True, role="admin", cache_seconds=1.0, tells_secret=True)


class Pharmacy:
    service = "pharmacy"
    target = "main"

    @operation(idempotent=True, role="viewer")
    def mix(self, drops: int, *, of: str = "") -> None:
        raise InvalidRequest(f"{drops} drops are not enough", service=of)

    @operation(idempotent=True, role="viewer")
    async def order(self, drops: int) -> None:
        raise InvalidRequest(f"{drops} drops are not enough")


def test_an_error_from_before_there_was_a_request_says_whose_it_is() -> None:
    with pytest.raises(InvalidRequest) as caught:
        Pharmacy().mix(0)
    assert str(caught.value) == "pharmacy mix main: 0 drops are not enough"
    with pytest.raises(InvalidRequest, match="pharmacy order main: 0 drops"):
        asyncio.run(Pharmacy().order(0))
    with pytest.raises(InvalidRequest) as caught:
        Pharmacy().mix(0, of="another")
    assert caught.value.service == "another"
