from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from api_clients.domain.errors import Malformed, Rejected, Unauthorized, Unreachable
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.clock import ManualClock
from api_clients.infrastructure.http import LoginTransport, Token
from api_clients.infrastructure.http.login import REFUSED_SECONDS, lifetime
from api_clients.infrastructure.tests.rig import WRITE, a_request, in_threads

PASSWORD = "correct-horse"


@dataclass(frozen=True)
class DoorLogin:
    """The house of these tests: /login gives a token, /open wants none."""

    password: str = field(default=PASSWORD, repr=False)

    def headers_without_token(self, request: Request) -> Mapping[str, str] | None:
        return {} if request.path == "/open" else None

    def request(self, request: Request) -> Request:
        return replace(request, method="POST", path="/login", body=self.password.encode())

    def read(self, response: Response) -> Token:
        text, _, seconds = response.body.decode().partition(" ")
        if not text:
            raise ValueError
        return Token({"Authorization": f"Bearer {text}"}, float(seconds) if seconds else None)

    def secrets(self) -> tuple[str, ...]:
        return (self.password,)


class House:
    """Knows the newest token of each instance alone."""

    def __init__(self, *, password: str = PASSWORD, seconds: str = "", takes_seconds: float = 0.0) -> None:
        self.password = password
        self.seconds = seconds
        self.takes_seconds = takes_seconds
        self.valid: dict[str, str] = {}
        self.logins = 0
        self.seen: list[tuple[str, str]] = []
        self.fault: Exception | None = None
        self._lock = threading.Lock()

    def send(self, request: Request) -> Response:
        self.seen.append((request.path, request.headers.get("Authorization", "")))
        if self.fault is not None:
            raise self.fault
        if request.path == "/open":
            return Response(200)
        if request.path == "/login":
            return self._login(request)
        token = self.valid.get(request.instance)
        if token is None or request.headers.get("Authorization") != f"Bearer {token}":
            raise Unauthorized("who are you?", status=401)
        return Response(200, body=b"welcome")

    def _login(self, request: Request) -> Response:
        time.sleep(self.takes_seconds)
        if request.body != self.password.encode():
            raise Unauthorized(f"{request.body!r} opens nothing", status=401)
        with self._lock:
            self.logins += 1
            token = f"token-{self.logins}-of-{request.instance}"
            self.valid[request.instance] = token
        return Response(200, body=f"{token} {self.seconds}".strip().encode())


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_one_login_serves_all_that_follows(clock: ManualClock) -> None:
    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    for _ in range(3):
        assert transport.send(a_request()).body == b"welcome"
    assert house.logins == 1


def test_callers_who_come_together_sign_in_once(clock: ManualClock) -> None:
    house = House(takes_seconds=0.2)
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    answers = in_threads(10, lambda: transport.send(a_request()).body)
    assert answers == [b"welcome"] * 10
    assert house.logins == 1


def test_what_needs_no_token_signs_in_nowhere(clock: ManualClock) -> None:
    house = House()
    LoginTransport(house, DoorLogin(), clock=clock).send(a_request(path="/open"))
    assert house.seen == [("/open", "")]


def test_a_token_is_renewed_before_it_ends(clock: ManualClock) -> None:
    house = House(seconds="100")
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    transport.send(a_request())
    clock.advance(85)
    transport.send(a_request())
    assert house.logins == 1
    clock.advance(6)
    transport.send(a_request())
    assert house.logins == 2
    assert ("/thing", "Bearer token-1-of-") not in house.seen[3:]  # the old one was not tried first


def test_a_refused_token_is_renewed_and_the_request_sent_again_even_one_that_changes_things(clock: ManualClock) -> None:
    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    transport.send(a_request())
    house.valid.clear()  # the service was restarted
    assert transport.send(a_request(WRITE)).body == b"welcome"
    assert house.logins == 2


def test_callers_whose_token_is_refused_together_renew_it_once(clock: ManualClock) -> None:
    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    transport.send(a_request())
    house.valid.clear()
    house.takes_seconds = 0.2
    assert in_threads(8, lambda: transport.send(a_request()).body) == [b"welcome"] * 8
    assert house.logins == 2


def test_a_new_token_that_is_refused_too_is_the_callers_error(clock: ManualClock) -> None:
    class Moody(House):
        def send(self, request: Request) -> Response:
            answer = super().send(request)
            self.valid.clear()
            return answer

    house = Moody()
    with pytest.raises(Unauthorized, match="who are you"):
        LoginTransport(house, DoorLogin(), clock=clock).send(a_request())
    assert house.logins == 2


def test_what_the_user_may_not_do_is_no_reason_to_sign_in_again(clock: ManualClock) -> None:
    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    transport.send(a_request())
    house.fault = Unauthorized("not yours", status=403)
    with pytest.raises(Unauthorized, match="not yours"):
        transport.send(a_request())
    house.fault = None
    transport.send(a_request())
    assert house.logins == 1


def test_a_refused_login_is_not_repeated_for_a_while(clock: ManualClock) -> None:
    house = House(password="another")
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    for _ in range(5):
        with pytest.raises(Unauthorized) as caught:
            transport.send(a_request())
        assert (caught.value.service, caught.value.operation, caught.value.status) == ("storeroom", "look", 401)
    assert len(house.seen) == 1
    house.password = PASSWORD
    clock.advance(REFUSED_SECONDS + 0.1)
    assert transport.send(a_request()).body == b"welcome"


def test_a_login_that_finds_nobody_is_tried_again_at_once(clock: ManualClock) -> None:
    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    house.fault = Unreachable("refused the connection")
    with pytest.raises(Unreachable) as caught:
        transport.send(a_request())
    assert (caught.value.service, caught.value.operation, caught.value.target) == ("storeroom", "look", "main")
    house.fault = None
    assert transport.send(a_request()).body == b"welcome"


def test_an_answer_without_a_token_is_malformed(clock: ManualClock) -> None:
    class Mute(House):
        def _login(self, request: Request) -> Response:
            return Response(200, body=b"")

    with pytest.raises(Malformed, match="answered a login with 200 and no token"):
        LoginTransport(Mute(), DoorLogin(), clock=clock).send(a_request())


def test_each_instance_has_its_own_token(clock: ManualClock) -> None:
    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    for instance in ("http://one", "http://two", "http://one"):
        assert transport.send(a_request(instance=instance)).body == b"welcome"
    assert house.logins == 2


def test_neither_password_nor_token_shows(clock: ManualClock) -> None:
    house = House(password="another")
    refused = LoginTransport(house, DoorLogin(), clock=clock)
    with pytest.raises(Unauthorized) as caught:
        refused.send(a_request())
    shown = [str(caught.value), repr(caught.value), str(vars(caught.value))]

    house = House()
    transport = LoginTransport(house, DoorLogin(), clock=clock)
    transport.send(a_request())
    house.fault = Rejected("I do not know Bearer token-1-of- nor token-1-of- nor correct-horse", status=400)
    with pytest.raises(Rejected) as rejected:
        transport.send(a_request())
    shown += [str(rejected.value), repr(rejected.value.args), repr(transport), repr(Token({"A": "token-1-of-"}))]
    assert not [text for text in shown if "token-1" in text or PASSWORD in text]


@pytest.mark.parametrize(
    ("expires_at", "date", "wall_now", "seconds"),
    [
        (1_000.0, None, 400.0, 600.0),
        # Our clock is an hour wrong, which does not matter where the service tells its own time.
        (1_795_241_878.0, "Sat, 21 Nov 2026 06:07:58 GMT", 1_795_245_000.0, 600.0),
        (1_000.0, None, 2_000.0, None),
        (1_000.0, "yesterday", 400.0, 600.0),
    ],
)
def test_how_long_a_token_lasts(expires_at: float, date: str | None, wall_now: float, seconds: float | None) -> None:
    response = Response(200, {"date": date} if date else {})
    assert lifetime(expires_at, response, wall_now=wall_now) == seconds
