"""What can go wrong with an SNMP agent, under the tree of `api_clients.domain.errors`.

    Unreachable                   no answer within the time limit, ICMP says that nobody listens, or no way leads there
    Malformed                     answers that cannot be read, or never fit the question
    + NotIncreasing               a walk that does not advance: the agent repeats or goes back
    + WalkTooLong                 a walk past its limit of objects or seconds
    Unauthorized                  the agent knows who asks and refuses
    + UnknownUser                 v3: no such user (usmStatsUnknownUserNames)
    + WrongAuthKey                v3: wrong authentication password or protocol (usmStatsWrongDigests)
    + WrongPrivKey                v3: wrong privacy password or protocol (usmStatsDecryptionErrors)
    + LevelNotAllowed             v3: this user may not speak at this security level
    + AccessDenied                authorizationError: known, but outside the view
    Rejected                      any other error-status; `status` is its number
    + NoSuchObject                the agent has no such object or instance
    + NotWritable                 set: notWritable, readOnly, noAccess, noCreation
    + BadValue                    set: wrongType, wrongLength, wrongValue and their kin
    + AnswerTooBig                the answer to even one object does not fit a datagram
    + AgentFailure                genErr: the agent failed on its own account

A v1 or v2c agent drops requests of a wrong community in silence: that is Unreachable, nobody can tell it apart.
"""

from __future__ import annotations

from api_clients.domain.errors import Malformed, Rejected, Unauthorized


class NotIncreasing(Malformed):
    """The agent answered a walk with an object that does not come after the one asked for."""


class WalkTooLong(Malformed):
    """A walk passed its limit of objects or seconds and was stopped."""


class UnknownUser(Unauthorized):
    """SNMPv3: the agent has no user of this name."""


class WrongAuthKey(Unauthorized):
    """SNMPv3: the authentication password or protocol is wrong."""


class WrongPrivKey(Unauthorized):
    """SNMPv3: the privacy password or protocol is wrong."""


class LevelNotAllowed(Unauthorized):
    """SNMPv3: the agent does not serve this user at this security level."""


class AccessDenied(Unauthorized):
    """The agent knows who asks and does not let them at this object (authorizationError)."""


class NoSuchObject(Rejected):
    """The agent has no such object, or no such instance of it."""


class NotWritable(Rejected):
    """The object cannot be written, by nobody or not by this credential."""


class BadValue(Rejected):
    """The object can be written, but not with this value."""


class AnswerTooBig(Rejected):
    """The answer does not fit the datagram that agent or client can handle."""


class AgentFailure(Rejected):
    """The agent failed while it answered (genErr)."""
