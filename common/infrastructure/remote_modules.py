"""Speak to remote modules: small JSON documents by POST to their callback URL, signed, down the chain of the clients.

    {"kind": "capability", "capability": ..., "input": {...}, "call": {...}}   -> {"output": {...}}
    {"kind": "message", "message": {...}, "call": {...}}                       -> {"reply": {...}}, {} or nothing
    {"kind": "event", "event": {...}, "call": {...}}                           -> {} or nothing
    {"kind": "health"}                                                         -> {"status": "healthy", "detail": ""}

A failure of what was asked is an answer as well: {"error": {"code", "message", "retryable"}}, with status 200. Any
other status speaks of the way there and becomes a ServiceError (docs/modules.md is the whole protocol).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import from_json

from api_clients.domain.errors import Malformed
from api_clients.domain.operation import operation
from api_clients.domain.policies.balance import Instance
from api_clients.domain.policies.breaker import BreakerPolicy
from api_clients.domain.ports import Transport
from api_clients.domain.values import Request, Response
from api_clients.infrastructure.bulkhead import BulkheadPolicy, LanePolicy
from api_clients.infrastructure.chain import ChainPolicy, Surroundings, build_chain
from api_clients.infrastructure.http import ConnectionSettings, HttpClient, HttpTransport
from common.domain.modules import Health, JsonObject
from common.domain.plain_json import json_problem
from common.domain.problem_texts import listed, problems_in
from common.domain.signatures import signature_headers

SERVICE = "module"
MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_ERROR_TEXT = 2_000
HEALTH_SECONDS = 3.0
# A module that came back should not wait long: nothing is lost by a trial.
BREAKER = BreakerPolicy(failure_threshold=5, recovery_seconds=5.0)
LANES = BulkheadPolicy(read=LanePolicy(calls=16), write=LanePolicy(calls=16), monitoring=LanePolicy(calls=2))
# The deadline of each call bounds the wait for its answer.
SETTINGS = ConnectionSettings(read_timeout_seconds=86_400.0, max_connections=36, max_response_bytes=MAX_ANSWER_BYTES)

T = TypeVar("T")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _bounded(text: Any) -> Any:
    return text[:MAX_ERROR_TEXT] if isinstance(text, str) else text


class RemoteError(_Answer):
    """The module's own word for a failure."""

    message: Annotated[str, BeforeValidator(_bounded), StringConstraints(min_length=1)]
    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,49}$")] = "failed"
    retryable: bool = True


class _Failure(_Answer):
    error: RemoteError


class _Output(_Answer):
    output: JsonObject


class _Reply(_Answer):
    reply: JsonObject | None = None


class _Handled(_Answer):
    pass


class _Health(_Answer):
    status: Annotated[str, StringConstraints(pattern="^(healthy|degraded|unhealthy)$")]
    detail: Annotated[str, StringConstraints(max_length=500)] = ""


class ModuleClient(HttpClient):
    """One remote module; every operation raises ServiceError, and returns RemoteError where the module says so."""

    service: ClassVar[str] = SERVICE

    def __init__(self, transport: Transport, *, target: str, path: str, deadline_seconds: float) -> None:
        super().__init__(transport, target=target, deadline_seconds=deadline_seconds)
        self._path = path

    @operation(idempotent=False, role="operator", lane="write")
    def call(self, capability: str, input: JsonObject, circumstances: JsonObject) -> JsonObject | RemoteError:
        """Call a capability."""
        asked = {"kind": "capability", "capability": capability, "input": input, "call": circumstances}
        return self._post(asked, _reader(_Output, lambda answer: answer.output))

    @operation(idempotent=False, role="operator", lane="read")
    def deliver(self, message: JsonObject, circumstances: JsonObject) -> JsonObject | RemoteError | None:
        """Deliver a message; what comes back is the reply."""
        told = {"kind": "message", "message": message, "call": circumstances}
        return self._post(told, _reader(_Reply, lambda answer: answer.reply))

    @operation(idempotent=False, role="operator", lane="read")
    def tell(self, event: JsonObject, circumstances: JsonObject) -> RemoteError | None:
        """Deliver an event that the module subscribed to."""
        told = {"kind": "event", "event": event, "call": circumstances}
        return self._post(told, _reader(_Handled, lambda answer: None))

    @operation(idempotent=True, role="viewer", lane="monitoring", deadline_seconds=HEALTH_SECONDS)
    def ask_health(self) -> Health | RemoteError:
        """Ask how the module is."""
        return self._post({"kind": "health"}, _reader(_Health, lambda answer: Health(answer.status, answer.detail)))  # type: ignore[arg-type] # the pattern admits the statuses only

    def _post(self, document: JsonObject, read: Callable[[Response], T]) -> T:
        return self._send("POST", self._path, json=document, read=read)


A = TypeVar("A", bound=_Answer)


def _reader(shape: type[A], value: Callable[[A], T]) -> Callable[[Response], T | RemoteError]:
    """Read an answer of `shape`, or a failure. Raises Malformed at anything else, and quotes nothing of it."""

    def read(response: Response) -> T | RemoteError:
        document = _document(response.body or b"{}")
        try:
            return value(shape.model_validate(document))
        except ValidationError as error:
            try:
                return _Failure.model_validate(document).error
            except ValidationError:
                raise Malformed(f"its answer is not of the protocol: {_what_is_wrong(error)}") from None

    return read


def _document(body: bytes) -> Any:
    """Raises Malformed also for JSON that cannot be kept or told on, such as 1e999 or a NUL."""
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Malformed(f"its answer is no JSON: {str(error)[:200]}") from None
    if problem := json_problem(document):
        raise Malformed(f"its answer has {problem}")
    return document


def _what_is_wrong(error: ValidationError) -> str:
    return listed(problems_in(error), whole="answer")


class SigningTransport:
    """The last link before the wire: nothing above it holds the secret, so nothing above can log or show it."""

    def __init__(self, inner: Transport, *, module: str, secret: str, path: str) -> None:
        self._inner = inner
        self._module = module
        self._secret = secret
        self._path = path

    def send(self, request: Request) -> Response:
        signature = signature_headers(
            self._secret,
            module=self._module,
            method=request.method,
            path=self._path,
            body=request.body or b"",
            timestamp=int(time.time()),
        )
        return self._inner.send(replace(request, headers={**request.headers, **signature}))


def connect(
    module: str, target: str, callback_url: str, secret: str, surroundings: Surroundings
) -> Callable[[float], ModuleClient]:
    """Build the chain to one module; what is returned makes a client whose calls take that many seconds at most.

    `target` names the circuit.
    """
    parts = urlsplit(callback_url)
    path = parts.path or "/"
    wire = SigningTransport(
        HttpTransport(settings=SETTINGS, clock=surroundings.clock), module=module, secret=secret, path=path
    )
    surroundings.breakers.set_policy(SERVICE, BREAKER)
    instance = Instance(f"{parts.scheme}://{parts.netloc}")
    chain = build_chain(wire, [instance], ChainPolicy(bulkhead=LANES), surroundings)

    def client(deadline_seconds: float) -> ModuleClient:
        return ModuleClient(chain, target=target, path=path, deadline_seconds=deadline_seconds)

    return client
