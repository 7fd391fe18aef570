"""What can go wrong at a console, under the tree of `api_clients.domain.errors`.

    Unreachable            refused (a stopped node), timed out
    + HungUp               it ended the connection in the middle
    + Silent               connected, but no prompt came
    + Booting              it is starting, or waits in its boot loader or in its first dialog     breaker: neutral
    Overloaded
    + Busy                 somebody else's program runs there, or somebody types                  breaker: neutral
    Unauthorized
    + LoginRequired        it asks for a login, and none was given
    + LoginRefused         it does not take the login
    + PrivilegeRequired    the command needs more rights (Cisco: enable) than we could get
    Rejected
    + CommandRefused       the device does not know the command
    + NotSupported         never sent: this kind of device has no such thing, or its prompt is none we know
    Malformed              an answer that cannot be read
    Defect                 an error of this program                                               breaker: neutral

No message quotes what stands on a console, for it may hold a secret; the commands quoted are our own.
"""

from __future__ import annotations

from typing import ClassVar

from api_clients.domain.errors import (
    InvalidRequest,
    Overloaded,
    Rejected,
    ServiceError,
    Unauthorized,
    Unreachable,
    Verdict,
)


class HungUp(Unreachable):
    """The connection stood, and the console ended it: its node stopped, or what runs the console died."""


class Silent(Unreachable):
    """The connection stands, and nothing that could be a prompt came over it."""


class Booting(Unreachable):
    """The device is there and not ready: it starts, or waits in its boot loader or initial dialog."""

    verdict: ClassVar[Verdict] = "neutral"


class Busy(Overloaded):
    """The console is shared, and somebody else is using it."""

    verdict: ClassVar[Verdict] = "neutral"


class LoginRequired(Unauthorized):
    """The console asks for a login, and none was given."""


class LoginRefused(Unauthorized):
    """The console does not take the login."""


class PrivilegeRequired(Unauthorized):
    """The command needs a level that the login does not give."""


class CommandRefused(Rejected):
    """The device does not know the command, or not in this place."""


class NotSupported(InvalidRequest):
    """Nothing was sent: no dialect knows how to ask this device that."""


class Defect(ServiceError):
    """Not the console's fault: asking it went wrong in this program, where the log has the traceback."""

    code: ClassVar[str] = "internal_error"
