"""From a fresh connection to a prompt: the states a console can be found in, and the way out of each.

something still prints        wait; keys would stop an automatic boot
others' output goes on        wait for the prompt; Busy in the end
nothing                       wipe the line, press Enter: who joins late is shown no banner
--More--                      leave the pager
login, password               log in where we were given a login, else LoginRequired
first dialogs                 no: nothing of the device is changed by us
press RETURN                  press it
boot loader, "[confirm]"      hands off: Booting, Busy
a prompt                      there
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

from .conversation import CLEAR_LINE, Conversation
from .dialects import Dialect, dialect_of_prompt
from .errors import Booting, Busy, LoginRefused, LoginRequired, NotSupported, Silent
from .values import Login

_ANYTHING: Final = 0.12  # does it say something by itself?
_SETTLED: Final = 0.04  # no character came for so long: the line is whole
_REACTION: Final = 1.0  # a busy device may take that long to answer a key
_BOOT_PAUSE: Final = 2.0  # between two boot messages
_ATTEMPTS: Final = 2  # at a login
_PRINTS_ON: Final = 2  # so many other lines after those that a key brought: a program runs

PAGER: Final = re.compile(
    r"--\s?More\s?--|^\s*-+\s*\(?more\b|<-+ More -+>|--- more ---|\(END\)$|^lines \d+-\d+|^:$|Press any key to continue"
    r"|\[Q quit\|",
    re.IGNORECASE,
)
_USERNAME: Final = re.compile(r"(?:^|\s|\))(?:username|login|user name|user)\s*:\s*$", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"(?:password|passphrase|passcode)\b[^:]*:\s*$", re.IGNORECASE)
_NEW_PASSWORD: Final = re.compile(r"(?:new|repeat|retype|re-enter).{0,20}password\b[^:]*[:>]\s*$", re.IGNORECASE)
_REFUSED: Final = re.compile(
    r"login incorrect|login invalid|authentication failed|bad passwords|access denied|login failed|incorrect username",
    re.IGNORECASE,
)
_RETURN: Final = re.compile(r"press (?:return|enter)", re.IGNORECASE)
_FIRST_DIALOG: Final = re.compile(
    r"(?:initial configuration dialog\?|basic management setup\?|enter basic .*\?|software license\?).*[:\]]\s*$",
    re.IGNORECASE,
)
_TERMINATE: Final = re.compile(r"terminate autoinstall\?.*:\s*$", re.IGNORECASE)
_CONFIRM: Final = re.compile(r"\[confirm\]\s*$|\[(?:yes/no|y/n)\]\s*[:?]?\s*$|\(y/n\)\s*[:?]?\s*$", re.IGNORECASE)
_LOADER: Final = re.compile(
    r"^(?:rommon ?\d* ?>|switch:|loader>|=> ?|u-boot>|grub>|grub rescue>|boot:)\s*$", re.IGNORECASE
)
_BOOTING: Final = re.compile(
    r"autoboot|self decompress|^\[ *\d+\.\d+\]|booting|loading (?:linux|initial|kernel|program)|starting |#{20}|"
    r"welcome to grub|seabios|\bipxe\b|restricted rights legend",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """`prompt` is its exact text; `logged_in` whether the login was ours, which we then end ourselves."""

    prompt: str
    dialect: Dialect
    logged_in: bool


class Arrival:
    """One try to reach the prompt; `hint` is the dialect that the device's type suggests."""

    def __init__(self, talk: Conversation, *, hint: Dialect | None, login: Login | None, until: float) -> None:
        self._talk = talk
        self._hint = hint
        self._login = login
        self._until = min(until, talk.deadline)
        self._names_given = 0
        self._passwords_given = 0
        self._knocked_at = 0  # the line at which the first key was pressed
        self._answered = 0  # so many lines of words came at once for it
        self._offered_at: int | None = None  # the line at which our password was given
        self._is_mikrotik = hint is not None and hint.name == "mikrotik"

    async def run(self) -> Arrived:
        await self._listen()
        self._knocked_at = self._talk.mark
        if monotonic() < self._until:
            await self._knock()
        self._answered = len(self._words())
        while monotonic() < self._until:
            arrived = await self._step()
            if arrived is not None:
                return arrived
        raise self._gave_up()

    async def _listen(self) -> None:
        """Hear what it says by itself. A device that boots is left alone until it pauses."""
        await self._talk.quiet(_ANYTHING, until=self._until)
        while self._boots() and monotonic() < self._until:
            if await self._talk.quiet(_BOOT_PAUSE, until=self._until):
                return

    async def _knock(self) -> None:
        await self._type(CLEAR_LINE + "\r")

    async def _type(self, text: str) -> None:
        """Send, and wait for a reaction and its end."""
        await self._talk.send(text)
        if await self._talk.anything(until=min(self._until, monotonic() + _REACTION)):
            await self._talk.quiet(_SETTLED, until=min(self._until, monotonic() + _REACTION))

    async def _step(self) -> Arrived | None:
        """One look at the line with the cursor, and what it calls for."""
        line = self._talk.line
        answer = self._answer_to(line)
        if answer is not None:
            await self._type(answer)
            return None
        dialect = dialect_of_prompt(line, self._hint)
        if dialect is not None and not _LOADER.search(line):
            return Arrived(line, dialect, logged_in=self._names_given + self._passwords_given > 0)
        await self._nothing_known(line)
        return None

    def _answer_to(self, line: str) -> str | None:
        if PAGER.search(line):
            return "q"
        if _TERMINATE.search(line):
            return "yes\r"
        if _FIRST_DIALOG.search(line):
            return "n\r" if "license" in line.lower() else "no\r"
        if _NEW_PASSWORD.search(line):
            raise self._error(LoginRefused, "it wants a new password to be set, which is for a person to do")
        if _USERNAME.search(line):
            return self._username(line) + "\r"
        if _PASSWORD.search(line):
            return self._password() + "\r"
        return None

    async def _nothing_known(self, line: str) -> None:
        if _LOADER.search(line):
            raise self._error(Booting, "it waits in its boot loader")
        if _CONFIRM.search(line):
            raise self._error(Busy, "it asks somebody to confirm something")
        if self._boots_on():
            await self._talk.quiet(_BOOT_PAUSE, until=self._until)
        else:
            await self._talk.quiet(_REACTION / 2, until=self._until)
        if self._talk.line == line or _RETURN.search(self._recent()):
            await self._knock()

    # --- login ---

    def _username(self, line: str) -> str:
        self._check_attempts()
        if self._login is None or not self._login.username:
            raise self._error(LoginRequired, "it asks for a user name, and no login is given for it")
        self._names_given += 1
        plain = self._is_mikrotik or re.search(r"mikrotik", "\n".join(self._talk.since(0)), re.IGNORECASE)
        # RouterOS: no colours, no questions to the terminal, 511 columns (its manual, "Console login process").
        return self._login.username + ("+ct511w4098h" if plain else "")

    def _password(self) -> str:
        """Where no name led here it is a line's password: our knock has ended a login that somebody left half done."""
        self._check_attempts()
        if self._login is None:
            raise self._error(LoginRequired, "it asks for a password, and no login is given for it")
        self._passwords_given += 1
        self._offered_at = self._talk.mark
        return self._login.password

    def _check_attempts(self) -> None:
        refused = self._offered_at is not None and _REFUSED.search("\n".join(self._talk.since(self._offered_at)))
        if refused or max(self._names_given, self._passwords_given) >= _ATTEMPTS:
            raise self._error(LoginRefused, "it does not take the login")

    # --- what was seen ---

    def _recent(self, count: int = 6) -> str:
        return "\n".join(self._talk.since(max(0, self._talk.mark - count)))

    def _boots(self) -> bool:
        return bool(_BOOTING.search(self._recent(12)))

    def _boots_on(self) -> bool:
        return bool(_BOOTING.search(self._recent(3)))

    def _words(self) -> set[str]:
        """What was printed since the first key, each line once: a prompt may come back with every Enter."""
        return {line.strip() for line in self._talk.since(self._knocked_at)} - {""}

    def _gave_up(self) -> Exception:
        if self._boots():
            return self._error(Booting, "it is starting; no prompt came in time")
        if self._talk.received == 0:
            return self._error(Silent, "connected, and nothing came back: no prompt in time")
        if self._talk.line.strip():
            return self._error(NotSupported, "its prompt is none of the dialects known here, or a program runs in it")
        if len(self._words()) - self._answered >= _PRINTS_ON:
            return self._error(Busy, "somebody else's program keeps printing there; no prompt came in time")
        return self._error(Silent, "it answered, but no prompt came in time")

    def _error(self, kind: Callable[..., Exception], reason: str) -> Exception:
        return kind(reason, service="console", operation="session", target=self._talk.where)
