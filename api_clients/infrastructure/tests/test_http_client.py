from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from api_clients.domain.errors import CircuitOpen, Malformed, Rejected, ServiceError, Unauthorized, Unreachable
from api_clients.domain.operation import observe, operation
from api_clients.domain.policies.balance import BalancePolicy, Instance
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.policies.retry import RetryPolicy
from api_clients.domain.ports import Transport
from api_clients.domain.values import Response
from api_clients.infrastructure.balancer import BalancingTransport
from api_clients.infrastructure.breaker import BreakerRegistry
from api_clients.infrastructure.cache import MemoryCacheStore
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.http import Bearer, HttpClient, HttpTransport, as_done, as_json, as_text
from api_clients.infrastructure.instrumentation import Instrumentation
from api_clients.infrastructure.reading import ReadingTransport
from api_clients.infrastructure.tests.rig import Scripted
from api_clients.simulation import InProcessTransport, serve, status
from api_clients.tests.example_service import TOKEN, Part, StoreroomClient, StoreroomSimulator


class Speller(HttpClient):
    service = "speller"

    @operation(idempotent=True, role="viewer")
    def spell(self, **params: Any) -> str:
        return self._get("/spell", params=params, read=as_text)

    def unmarked(self) -> str:
        return self._get("/spell", read=as_text)


def spelled(**params: Any) -> tuple[tuple[str, str], ...]:
    wire = Scripted(Response(200, body=b"x"))
    Speller(ReadingTransport(wire)).spell(**params)
    return wire.requests[0].params


def test_parameters_are_spelled_as_http_does() -> None:
    assert spelled(a=1, b=True, c=False, d=None, e=["x", "y"], f="text", g=1.5) == (
        ("a", "1"),
        ("b", "true"),
        ("c", "false"),
        ("e", "x"),
        ("e", "y"),
        ("f", "text"),
        ("g", "1.5"),
    )


def test_sending_outside_of_an_operation_is_a_fault_of_the_client() -> None:
    with pytest.raises(RuntimeError, match="outside of an @operation"):
        Speller(Scripted()).unmarked()


def test_every_request_carries_the_operation_and_the_deadline() -> None:
    wire = Scripted(Response(200, body=b"x"))
    clock = ManualClock()
    speller = Speller(ReadingTransport(wire), target="second", deadline_seconds=7.0)
    speller.now = clock.monotonic
    speller.spell()
    request = wire.requests[0]
    assert (request.service, request.operation.name, request.target) == ("speller", "spell", "second")
    assert request.deadline is not None
    assert request.deadline.remaining(clock.monotonic()) == pytest.approx(7.0)


def test_all_pages_of_an_operation_share_one_deadline() -> None:
    def pages(request: Any) -> Response:
        return Response(200, body=b'{"parts": []}' if dict(request.params)["offset"] == "1" else FIRST_PAGE)

    wire = Scripted(pages)
    StoreroomClient(ReadingTransport(wire)).parts()
    assert len(wire.requests) == 2
    assert wire.requests[0].deadline == wire.requests[1].deadline


FIRST_PAGE = b'{"parts": [{"number": 0, "name": "bolt"}]}'


def test_a_redirect_is_judged_by_the_client() -> None:
    def client(location: str) -> StoreroomClient:
        return StoreroomClient(ReadingTransport(Scripted(Response(302, {"location": location}))))

    with pytest.raises(Unauthorized, match="login page") as refused:
        client("/login?next=/").parts()
    assert (refused.value.service, refused.value.operation) == ("storeroom", "parts")
    with pytest.raises(Rejected, match=r"a redirect to /elsewhere$"):
        client("/elsewhere?token=secret").parts()


class Fussy(StoreroomClient):
    """Its service says with a 500 what is no fault of its own."""

    def refused(self, error: ServiceError, body: bytes) -> ServiceError:
        return Rejected("no such part", status=404) if b"part is not known" in body else error


@pytest.mark.parametrize("over", ["wire", "in process"])
def test_a_refusal_is_judged_by_the_client_where_the_words_say_more_than_the_status(over: str) -> None:
    simulator = StoreroomSimulator()
    with serve(simulator) as server:
        clock = ManualClock()
        wire = (
            HttpTransport(credentials=Bearer(TOKEN), clock=clock)
            if over == "wire"
            else InProcessTransport(simulator, credentials=Bearer(TOKEN), clock=clock)
        )
        client = Fussy(BalancingTransport(ReadingTransport(wire), [Instance(server.url)], BalancePolicy(), clock=clock))
        simulator.inject(status(500, body=b"this part is not known"))
        with pytest.raises(Rejected, match="no such part") as caught:
            client.parts()
        assert (caught.value.service, caught.value.operation, caught.value.status) == ("storeroom", "parts", 404)
        simulator.inject(status(500, body=b"the shelf fell"))
        with pytest.raises(Unreachable, match="the shelf fell"):
            client.parts()
        wire.close()


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'{"parts": 3}', b'{"parts": [{"number": "x"}]}', b"\xff"])
def test_what_the_shape_does_not_know_is_malformed_and_not_quoted(body: bytes) -> None:
    client = StoreroomClient(ReadingTransport(Scripted(Response(200, body=body))))
    with pytest.raises(Malformed, match="cannot be read") as caught:
        client.parts()
    assert str(caught.value).startswith("storeroom parts main: answered 200 with")


def test_two_readers_of_one_shape_are_equal_so_their_cached_values_are_shared() -> None:
    def shape(document: Any) -> Any:
        return document

    assert as_json(shape) == as_json(shape)


@pytest.mark.parametrize("body", [b"", b"\n", b"{}", b'{"status": "success"}'])
def test_an_action_is_done_whatever_the_service_says_beside_its_status(body: bytes) -> None:
    assert as_done(Response(200, body=body)) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b"OK then", b"\xff"])
def test_a_page_in_the_services_stead_is_no_success(body: bytes) -> None:
    with pytest.raises(ValueError):
        as_done(Response(200, body=body))


# --- Through the whole chain ---


class House:
    """A storeroom client over the whole chain, in process, with time in hand."""

    def __init__(self) -> None:
        self.simulator = StoreroomSimulator()
        self.clock = ManualClock()
        self.wire = InProcessTransport(self.simulator, credentials=Bearer(TOKEN), clock=self.clock)
        self.breakers = BreakerRegistry(
            clock=self.clock, default_policy=BreakerPolicy(failure_threshold=2, recovery_seconds=30.0)
        )
        self.instrumentation = Instrumentation(CollectorRegistry())
        surroundings = Surroundings(self.clock, self.breakers, MemoryCacheStore(self.clock), self.instrumentation)
        chain: Transport = build_chain(
            self.wire, [Instance("http://simulator")], ChainPolicy(retry=RetryPolicy(attempts=1)), surroundings
        )
        self.client = StoreroomClient(chain)
        self.client.now = self.clock.monotonic


def test_an_open_circuit_answers_from_the_stale_cache_and_the_caller_can_tell() -> None:
    house = House()
    assert house.client.part(0) == Part(0, "bolt")
    house.wire.is_down = True
    house.clock.advance(20.0)
    for _ in range(2):
        with pytest.raises(Unreachable):
            house.client.part(0)
    with observe() as seen:
        assert house.client.part(0) == Part(0, "bolt")
    assert (seen.answers, seen.stale, seen.oldest_seconds) == (1, 1, pytest.approx(20.0))
    with pytest.raises(CircuitOpen):
        house.client.part(1)  # never asked for before, so there is nothing stale to give

    house.wire.is_down = False
    house.clock.advance(31.0)
    with observe() as seen:
        house.client.part(0)
    assert (seen.answers, seen.stale) == (1, 0)
    assert house.breakers.for_target("storeroom", "main").phase == "closed"


def test_a_write_is_sent_once_even_where_a_read_would_be_tried_again() -> None:
    house = House()
    house.simulator.inject(status(500))
    with pytest.raises(Unreachable):
        house.client.add("rivet")
    assert len(house.simulator.received) == 1
    house.simulator.clear()
    assert house.client.add("rivet") == Part(3, "rivet")


def test_a_cached_answer_is_no_attempt_and_an_attempt_is_counted_once() -> None:
    house = House()
    for _ in range(5):
        house.client.part(0)
    (figures,) = house.instrumentation.statistics()
    assert (figures.operation, figures.outcomes) == ("part", {"success": 1})


def test_a_hundred_refusals_do_not_open_the_circuit() -> None:
    house = House()
    for _ in range(100):
        with pytest.raises(Rejected):
            house.client.part(99)
    assert house.breakers.for_target("storeroom", "main").phase == "closed"
