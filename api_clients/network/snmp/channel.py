"""One gufo-snmp socket on the event loop: a question out, its answer in, within a time limit.

Why not gufo's own asyncio session: its Rust sockets do the hard work well, but it shows neither error-status
nor what a Report says nor that an answer was cut off, all of which are in the datagram, so somebody must look at
the datagram. And it registers the descriptor with the event loop anew for each request, each in a `wait_for`,
and hands varbinds over one by one. This channel registers once, keeps one timer and passes answers on whole: it
does more and takes some 40% less processor time for the same requests (bench/snmp_poll.py).

gufo keeps the request ID of the last question alone, so a channel carries one question at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, Final, TypeVar

from gufo.snmp._fast import NoSuchInstance, SnmpAuthError, SnmpDecodeError, SnmpEncodeError, SnmpV3ClientSocket

from .credentials import GufoSocket
from .datagram import (
    Decrypt,
    Head,
    engine_id_of,
    read_encrypted_head,
    read_head,
    spans_datagram,
    usm_statistic,
)
from .outcomes import DISCOVERY_REPORTS, END, UNKNOWN_ENGINE, CutOff, End, ErrorStatus, Refused, Report, Silence
from .status import AUTHORIZATION_ERROR, TOO_BIG
from .wire.ber import BerError

Q = TypeVar("Q")
A = TypeVar("A")

MAX_DATAGRAM: Final = 4080  # gufo's receive buffer; what is longer arrives cut off
_PEEK: Final = socket.MSG_PEEK | socket.MSG_TRUNC
_FRONT: Final = 512  # bytes that surely hold the header: communities end at 255, engine IDs at 32
_DISCOVERY: Final = object()  # stands for recv_refresh's None, which would look like an answer without objects
_NO_HEAD: Final = Head(0, 0)


class Channel:
    """See the module. Not shared between event loops; `close` when done."""

    __slots__ = (
        "_deadline",
        "_family",
        "_fd",
        "_forged",
        "_front",
        "_head",
        "_is_v3",
        "_loop",
        "_peeking",
        "_receive",
        "_strays",
        "_timer",
        "_unreadable",
        "_waiter",
        "answer_bytes",
        "decrypt",
        "gufo",
        "is_ready",
        "is_signed",
    )

    def __init__(self, gufo: GufoSocket, *, ipv6: bool) -> None:
        self._family = socket.AF_INET6 if ipv6 else socket.AF_INET
        self._front = bytearray(MAX_DATAGRAM if isinstance(gufo, SnmpV3ClientSocket) else _FRONT)
        self.answer_bytes = 0
        self.decrypt: Decrypt | None = None
        self._waiter: asyncio.Future[Any] | None = None
        self._receive: Callable[[], Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._unreadable = self._strays = self._forged = 0
        self._loop = asyncio.get_running_loop()
        self._attach(gufo)

    def _attach(self, gufo: GufoSocket) -> None:
        self.gufo = gufo
        self._head = _NO_HEAD
        self._is_v3 = isinstance(gufo, SnmpV3ClientSocket)
        self.is_signed: Callable[[bytes], bool] | None = None  # set for users with authentication, see usm
        self.is_ready = not self._is_v3  # v3 needs an engine and keys first, see usm
        self._fd = gufo.get_fd()
        # A second face of the same descriptor, for peeking; gufo owns and closes it, see _detach().
        self._peeking = socket.socket(self._family, socket.SOCK_DGRAM, socket.IPPROTO_UDP, fileno=self._fd)
        self._loop.add_reader(self._fd, self._on_readable)

    def _detach(self) -> None:
        self._loop.remove_reader(self._fd)
        self._peeking.detach()

    def replace(self, gufo: GufoSocket) -> None:
        """Go on over another socket: gufo's cannot change its engine ID."""
        self._detach()
        self._attach(gufo)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._detach()

    async def ask(
        self, send: Callable[[Q], None], question: Q, receive: Callable[[], A], timeout_seconds: float
    ) -> A | End:
        """Send `question` and return what `receive` makes of its answer.

        Raises Silence, Refused, CutOff, ErrorStatus or Report. A datagram that does not fit is dropped and
        counted, for it may be a late answer to an earlier question or a forgery.
        """
        self._unreadable = self._strays = self._forged = 0
        waiter = self._waiter = self._loop.create_future()
        self._receive = receive
        self._deadline = self._loop.time() + timeout_seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._on_time)
        try:
            self._send(send, question)
            return await waiter  # type: ignore[no-any-return] # a future of Any: it serves every kind of question
        finally:
            self._waiter = self._receive = None

    @property
    def v3(self) -> SnmpV3ClientSocket:
        assert isinstance(self.gufo, SnmpV3ClientSocket)
        return self.gufo

    async def refresh(self, timeout_seconds: float) -> None:
        """SNMPv3: exchange an empty request, from whose answer gufo takes engine ID, boots and time.

        gufo accepts any answer; a Report that is no part of discovery is raised here.
        """
        gufo = self.v3

        def receive() -> object:
            gufo.recv_refresh()
            return _DISCOVERY

        await self.ask(lambda _: gufo.send_refresh(), None, receive, timeout_seconds)
        statistic = self._usm_statistic()
        if statistic is not None and statistic not in DISCOVERY_REPORTS:
            raise Report(statistic)

    def _send(self, send: Callable[[Q], None], question: Q) -> None:
        try:
            send(question)
        except BlockingIOError:
            pass  # the send buffer is full: as good as lost on the way, the retransmission will tell
        except SnmpEncodeError as error:
            raise ErrorStatus(TOO_BIG, 0) from error
        except OSError as error:
            if "would block" in str(error) or "os error 11" in str(error):
                return
            raise Refused(str(error)) from error

    def _on_time(self) -> None:
        """One timer for all questions: where the deadline has moved on meanwhile, sleep until the new one."""
        self._timer = None
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._on_time)
            return
        waiter.set_exception(Silence(unreadable=self._unreadable, strays=self._strays, forged=self._forged))

    def _on_readable(self) -> None:
        waiter, receive = self._waiter, self._receive
        if waiter is None or receive is None or waiter.done():
            self._discard()
            return
        try:
            self.answer_bytes = self._peeking.recv_into(self._front, 0, _PEEK)
            if not self._is_readable():
                self._discard()
                self._settle_unreadable(waiter)
                return
            answer = receive()
        except BlockingIOError:
            self._settle_stray(waiter)
        except (NoSuchInstance, StopAsyncIteration):
            self._settle_answer(waiter, END)
        except SnmpAuthError:
            self._settle_refused(waiter)
        except (SnmpDecodeError, RuntimeError):
            self._settle_unreadable(waiter)
        except OSError as error:
            waiter.set_exception(Refused(str(error)))
        except BaseException as error:
            # A panic inside gufo derives from BaseException; some malformed varbinds cause one.
            if type(error).__name__ != "PanicException":
                raise
            self._settle_unreadable(waiter)
        else:
            self._settle_answer(waiter, answer)

    def _is_readable(self) -> bool:
        """Keep from gufo what it would panic on: it survives, but Rust prints a backtrace for each panic."""
        if not spans_datagram(self._front, self.answer_bytes):
            return False
        if self._is_v3:
            self._head = _NO_HEAD  # read later: a Report has no error-status
            return True
        try:
            self._head = read_head(self._front)
        except BerError:
            return False
        return True

    def _settle_answer(self, waiter: asyncio.Future[Any], answer: object) -> None:
        """gufo drops error-status, and shows what came with it: look at the status before believing the answer."""
        if self._is_v3 and answer is not _DISCOVERY:
            try:
                self._head = self._read_v3_head(answer)
                believable = self._is_believable()
            except ValueError:
                self._unreadable += 1
                return
            if not believable:
                self._forged += 1
                return
        if self._head.status and answer is not _DISCOVERY:
            waiter.set_exception(ErrorStatus(self._head.status, self._head.error_index))
        else:
            waiter.set_result(answer)

    def _is_believable(self) -> bool:
        """Whether this answer to a user with authentication is signed; a refusal may come unsigned."""
        if self.is_signed is None or self._head.status == AUTHORIZATION_ERROR:
            return True
        return self.is_signed(bytes(self._front[: self.answer_bytes]))

    def _read_v3_head(self, answer: object) -> Head:
        front = self._front[: self.answer_bytes]
        head = read_head(front)
        if head.encrypted and self.decrypt is not None and (answer is END or not answer):
            # Only an answer without objects can hide an error: spare the others a second decryption.
            return read_encrypted_head(front, self.decrypt)
        return head

    def _settle_stray(self, waiter: asyncio.Future[Any]) -> None:
        """gufo dropped it: another request ID or community, or an engine ID that is not (any longer) the agent's."""
        statistic = self._usm_statistic()
        if statistic is None or self._is_about_known_engine(statistic):
            self._strays += 1
        else:
            waiter.set_exception(Report(statistic))

    def _is_about_known_engine(self, statistic: int) -> bool:
        """A discovery report in the name of the engine that is known already: the network sent it twice."""
        return statistic == UNKNOWN_ENGINE and engine_id_of(self._front) == self.v3.get_engine_id()

    def _settle_refused(self, waiter: asyncio.Future[Any]) -> None:
        """gufo says "authentication failed" for every Report PDU and for an authorizationError."""
        statistic = self._usm_statistic()
        if statistic is not None and self._is_about_known_engine(statistic):
            self._strays += 1
            return
        if self._is_v3 and statistic is None:
            with contextlib.suppress(ValueError):
                self._head = self._read_v3_head(END)
        if self._head.status:
            waiter.set_exception(ErrorStatus(self._head.status, self._head.error_index))
        elif self._is_v3:
            waiter.set_exception(Report(statistic))
        else:
            self._unreadable += 1  # there are no Reports in v1 and v2c

    def _usm_statistic(self) -> int | None:
        """Which usmStats object the datagram at hand carries; the buffer may hold an older one behind it."""
        if not self._is_v3:
            return None
        return usm_statistic(self._front[: self.answer_bytes])

    def _settle_unreadable(self, waiter: asyncio.Future[Any]) -> None:
        if self.answer_bytes > MAX_DATAGRAM:
            waiter.set_exception(CutOff())
        else:
            self._unreadable += 1

    def _discard(self) -> None:
        """Read and drop what nobody waits for: an answer that came after its time limit."""
        with contextlib.suppress(OSError):
            self._peeking.recv(1)
