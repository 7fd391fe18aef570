"""A body that is read as it comes: notifications, captures, whatever the service sends until somebody leaves."""

from __future__ import annotations

import threading

import requests
import structlog
import urllib3.exceptions

from api_clients.domain.values import Labels
from api_clients.infrastructure.http.translation import exchange_error

log = structlog.get_logger(__name__)

CHUNK_BYTES = 65_536
WAKE_SECONDS = 1.0  # for a reader to notice that his socket is shut down


class HttpStream:
    """`silence_seconds` is the read timeout that its connection was made with; past it, `read` raises Unreachable."""

    def __init__(self, answer: requests.Response, labels: Labels, *, host: str, silence_seconds: float) -> None:
        self._answer = answer
        self._labels = labels
        self._host = host
        self._silence_seconds = silence_seconds
        self._closed = threading.Event()
        self._reading = threading.Lock()

    def read(self) -> bytes:
        with self._reading:
            return b"" if self._closed.is_set() else self._next()

    def close(self) -> None:
        """Wake whoever reads by shutting the socket down, and only then close it: closing it under him could block."""
        self._closed.set()
        try:
            self._answer.raw.shutdown()
        except (OSError, ValueError, RuntimeError, AttributeError) as error:
            log.debug("stream_had_ended", host=self._host, reason=type(error).__name__)
        if self._reading.acquire(timeout=WAKE_SECONDS):
            try:
                self._answer.close()
            finally:
                self._reading.release()

    def _next(self) -> bytes:
        try:
            chunk: bytes = self._answer.raw.read1(CHUNK_BYTES, decode_content=True)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            self._answer.close()
            if self._closed.is_set():
                return b""  # a TLS connection that another thread shut down fails in one of many ways
            raise exchange_error(error, self._labels, host=self._host, timeout_seconds=self._silence_seconds) from error
        if not chunk:
            self._answer.close()
        return chunk
