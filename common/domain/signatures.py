"""Signatures between the hub and remote modules, the same in both directions.

    X-NMS-Module: weather                       the module that signs, or that the hub speaks to
    X-NMS-Timestamp: 1768478400                 Unix seconds
    X-NMS-Signature: v1=5f2c...                 hex HMAC-SHA256 under the shared secret of

    1768478400 "\\n" POST "\\n" /path?query "\\n" body

The path is the one in the request line, percent-encoded as sent, with its query. The timestamp may be five minutes
away from the receiver's clock, which bounds how long a captured request can be sent again; what must not happen twice
within them carries an idempotency key.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256

MODULE_HEADER = "X-NMS-Module"
TIMESTAMP_HEADER = "X-NMS-Timestamp"
SIGNATURE_HEADER = "X-NMS-Signature"
TOLERANCE_SECONDS = 300
SCHEME = "v1="
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)


class SignatureInvalid(ValueError):
    """The request is not from whom it says; the message tells the sender what to look at."""


def signature_headers(
    secret: str, *, module: str, method: str, path: str, body: bytes, timestamp: int
) -> dict[str, str]:
    return {
        MODULE_HEADER: module,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: SCHEME + _digest(secret, str(timestamp), method, path, body),
    }


def check_signature(
    secret: str, headers: Mapping[str, str], *, method: str, path: str, body: bytes, now: float
) -> None:
    """Raise SignatureInvalid unless the headers sign this request. Compares in constant time."""
    timestamp, signature = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureInvalid(f"{TIMESTAMP_HEADER} must be the time in whole Unix seconds")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise SignatureInvalid(
            f"{TIMESTAMP_HEADER} is more than {TOLERANCE_SECONDS // 60} minutes away from the clock here; "
            "look at both clocks, and sign each request anew"
        )
    expected = SCHEME + _digest(secret, timestamp, method, path, body)
    if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape")):
        raise SignatureInvalid(
            f"{SIGNATURE_HEADER} does not match: it is {SCHEME}<hex HMAC-SHA256 under the module's secret of "
            "timestamp, method, path and body, joined by line feeds>"
        )


def _digest(secret: str, timestamp: str, method: str, path: str, body: bytes) -> str:
    signed = b"\n".join((timestamp.encode(), method.encode(), path.encode(), body))
    return hmac.new(secret.encode(), signed, sha256).hexdigest()
