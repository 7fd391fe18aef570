"""The rules: listed, enabled, disabled, uploaded, and loaded by the engine; what the engine refuses is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api_clients.domain.errors import InvalidRequest, Rejected, ServiceError
from api_clients.domain.operation import operation
from api_clients.domain.values import Response, url_path
from api_clients.infrastructure.client import as_json
from api_clients.security.suricata import reading
from api_clients.security.suricata.connection import SuricataConnection
from api_clients.security.suricata.protocol import Refused
from api_clients.security.suricata.rules.folder import ABSENT, NAME, NOT_FOUND, RulesFolder, digest_of
from api_clients.security.suricata.rules.parsing import parse_rules, problems_of, switch
from api_clients.security.suricata.values import (
    FailedRule,
    RuleFile,
    RulePage,
    RulesetChange,
    RulesetStatistics,
)

RELOAD_SECONDS = 180.0  # thirty thousand rules take a small sensor a minute
CHANGE_SECONDS = 2 * RELOAD_SECONDS  # one that is taken back is loaded twice; none is retried, which would take longer
MAX_RULES = 10_000
MAX_REASONS = 5
UPLOAD = b'alert tcp any any -> $HOME_NET 22 (msg:"SSH from outside"; classtype:misc-activity; sid:1000100; rev:1;)\n'


@dataclass(frozen=True, slots=True)
class RuleText:
    """A rule file as it was read; `digest` is what it has to be still when it is written."""

    name: str
    text: str
    digest: str


class RuleOperations(SuricataConnection):
    @operation(idempotent=True, role="viewer", lane="monitoring")
    def ruleset_statistics(self) -> tuple[RulesetStatistics, ...]:
        """Count the rules that each detection engine has loaded, and those it could not; say when."""
        return self._statistics()

    @operation(idempotent=True, role="viewer")
    def failed_rules(self) -> tuple[FailedRule, ...]:
        """List the rules that could not be loaded."""
        return self._ask("ruleset-failed-rules", read=reading.failed_rules)

    @operation(idempotent=True, role="operator", deadline_seconds=RELOAD_SECONDS)
    def reload_rules(self) -> tuple[RulesetStatistics, ...]:
        """Load the rules anew and wait until that is done; then count them."""
        self._reload()
        return self._statistics()

    @operation(idempotent=True, role="operator")
    def reload_rules_nonblocking(self) -> str:
        """Begin to load the rules anew, and say what Suricata says; ruleset_statistics tells when that was done."""
        return self._tell("ruleset-reload-nonblocking", read=reading.said)

    @operation(idempotent=True, role="viewer")
    def rule_files(self) -> tuple[RuleFile, ...]:
        """List the files of the rules folder."""
        return self._get("/rules", read=as_json(reading.rule_files))

    @operation(idempotent=True, role="viewer")
    def rules(
        self,
        file: str | None = None,
        sid: int | None = None,
        text: str | None = None,
        enabled: bool | None = None,
        limit: int = 1000,
        offset: int = 0,
    ) -> RulePage:
        """List rules in the order of their files; `text` is any part of a rule, upper and lower case alike."""
        if not 1 <= limit <= MAX_RULES or offset < 0:
            raise InvalidRequest(f"limit: should be from 1 to {MAX_RULES}, and offset not below 0")
        found = [
            rule
            for name in self._file_names(file)
            for rule in parse_rules(self._text(name).text, name)
            if (sid is None or rule.sid == sid)
            and (enabled is None or rule.is_enabled == enabled)
            and (text is None or text.lower() in rule.text.lower())
        ]
        return RulePage(tuple(found[offset : offset + limit]), len(found))

    @operation(idempotent=True, role="viewer", example={"file": "local.rules"})
    def rule_file(self, file: str) -> str:
        """Return the text of a rule file."""
        return self._text(self._file_name(file)).text

    @operation(idempotent=False, role="admin", deadline_seconds=CHANGE_SECONDS, example={"sid": 1000003})
    def enable_rule(self, sid: int, gid: int = 1, file: str | None = None) -> RulesetChange:
        """Enable a rule in every file that holds it (or in one), and load the rules."""
        return self._switch(sid, gid, file, on=True)

    @operation(idempotent=False, role="admin", deadline_seconds=CHANGE_SECONDS, example={"sid": 1000001})
    def disable_rule(self, sid: int, gid: int = 1, file: str | None = None) -> RulesetChange:
        """Disable a rule, which makes a comment of it, in every file that holds it (or in one), and load the rules."""
        return self._switch(sid, gid, file, on=False)

    @operation(
        idempotent=False,
        role="admin",
        deadline_seconds=CHANGE_SECONDS,
        example={"file": "uploaded.rules", "content": UPLOAD},
    )
    def upload_rules(self, file: str, content: bytes, reload: bool = True) -> RulesetChange:
        """Replace a rule file, or make a new one, and load the rules.

        The text is checked, and by `suricata -T` where that program is on this machine, before anything is written.
        What the file held is kept, and put back where the engine does not take the new rules.
        """
        name = self._file_name(file)
        text = self._ruleset(content)
        was_tested = self._send("POST", "/rules/test", body=content, read=as_json(reading.was_tested))
        former = self._text_or_none(name)
        digest = self._write(name, content, former.digest if former else ABSENT)
        statistics = self._load_or_restore({name: digest}, must_not_fail=name) if reload else ()
        return _change(name, text, was_tested=was_tested, statistics=statistics)

    @operation(idempotent=False, role="admin", deadline_seconds=CHANGE_SECONDS, example={"file": "local.rules"})
    def restore_rules(self, file: str) -> RulesetChange:
        """Put back what a rule file held before its last change, and load the rules."""
        name = self._file_name(file)
        if not any(item.name == name and item.has_previous for item in self._files()):
            raise InvalidRequest(f"file: nothing is kept of what {name} held before")
        self._restore(name)
        self._reload()
        return _change(name, self._text(name).text, was_tested=False, statistics=self._statistics())

    def _switch(self, sid: int, gid: int, file: str | None, *, on: bool) -> RulesetChange:
        """Write every file that changes; where one cannot be written or the engine refuses, all are put back."""
        held = [self._text(name) for name in self._file_names(file)]
        known = [item for item in held if _holds(item.text, sid, gid)]
        if not known:
            raise Rejected(f"there is no rule {sid} in {file or 'the rules folder'}", status=NOT_FOUND)
        written: dict[str, str] = {}
        latest = known[0]
        for item in known:
            text, changed = switch(item.text, sid, gid, on=on)
            if not changed:
                continue
            latest = replace(item, text=text)
            try:
                written[item.name] = self._write(item.name, text.encode("utf-8", "surrogateescape"), item.digest)
            except ServiceError as error:
                if written:
                    error.reason = f"{error.reason}; {self._put_back(written)}"
                raise
        statistics = self._load_or_restore(written) if written else self._statistics()
        return _change(latest.name, latest.text, was_tested=False, statistics=statistics)

    def _load_or_restore(
        self, written: Mapping[str, str], *, must_not_fail: str | None = None
    ) -> tuple[RulesetStatistics, ...]:
        """`written` has the digests of what was written, by file."""
        try:
            self._reload()
        except ServiceError as error:
            error.reason = f"{error.reason}; {self._put_back(written)}"
            raise
        failed = [rule for rule in self._failed() if must_not_fail and rule.filename.endswith(f"/{must_not_fail}")]
        if failed:
            reasons = "; ".join(f"line {rule.line}: {rule.error or rule.rule[:80]}" for rule in failed[:MAX_REASONS])
            outcome = f"{self._put_back(written)}{self._loaded_again()}"
            raise Rejected(f"Suricata could not load {len(failed)} rules of {must_not_fail}: {reasons}; {outcome}")
        return self._statistics()

    def _put_back(self, written: Mapping[str, str]) -> str:
        """Put every file back that can be; say what came of it, beside the error that made it necessary."""
        outcomes: list[str] = []
        for name, digest in written.items():
            try:
                self._restore(name, digest)
            except (ServiceError, Refused) as error:
                outcomes.append(f"{name} could not be put back: {error.reason}")
            except OSError as error:
                outcomes.append(f"{name} could not be put back: {error.strerror}")
            else:
                outcomes.append(f"{name} is as it was before")
        return "; ".join(outcomes)

    def _loaded_again(self) -> str:
        try:
            self._reload()
        except ServiceError as error:
            return f", but the engine could not load it again: {error.reason}"
        return ""

    def _reload(self) -> None:
        self._tell("reload-rules", read=reading.said, silence_seconds=RELOAD_SECONDS)

    def _failed(self) -> tuple[FailedRule, ...]:
        return self._ask("ruleset-failed-rules", read=reading.failed_rules)

    def _statistics(self) -> tuple[RulesetStatistics, ...]:
        statistics = self._ask("ruleset-stats", read=reading.ruleset_statistics)
        try:
            times = self._ask("ruleset-reload-time", read=reading.reload_times)
        except Rejected:  # not every version and build has the command
            times = {}
        return tuple(replace(item, last_reload=times.get(item.tenant)) for item in statistics)

    def _files(self) -> tuple[RuleFile, ...]:
        return self._get("/rules", read=as_json(reading.rule_files))

    def _file_names(self, file: str | None) -> list[str]:
        return [self._file_name(file)] if file is not None else [item.name for item in self._files()]

    def _file_name(self, file: str) -> str:
        if not NAME.fullmatch(file):
            raise InvalidRequest(f"file: {file[:60]!r} is no name of a rule file, such as local.rules")
        return file

    def _text(self, name: str) -> RuleText:
        def read(response: Response) -> RuleText:
            # Comments may be in any encoding; what is not UTF-8 has to come back as it was.
            return RuleText(name, response.body.decode("utf-8", "surrogateescape"), digest_of(response.body))

        return self._get(url_path("/rules/{name}", name=name), read=read)

    def _text_or_none(self, name: str) -> RuleText | None:
        try:
            return self._text(name)
        except Rejected as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def _write(self, name: str, content: bytes, expected: str) -> str:
        return self._send(
            "PUT",
            url_path("/rules/{name}", name=name),
            body=content,
            headers={"If-Match": expected},
            read=as_json(reading.digest),
        )

    def _restore(self, name: str, expected: str | None = None) -> None:
        """Put back what a file held before, where it still holds what was written (`expected`).

        Raises ServiceError, and Refused or OSError of the file itself.
        """
        path = url_path("/rules/{name}/restore", name=name)
        try:
            self._send("POST", path, headers={"If-Match": expected} if expected else None, read=as_json(reading.digest))
        except ServiceError:
            if expected is None:
                raise
            # An engine that hangs has used up the time or opened the circuit. The file needs neither.
            RulesFolder(self._settings.rules_folder).restore(name, expected)

    def _ruleset(self, content: bytes) -> str:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"content: not UTF-8 text from byte {error.start} on") from None
        if "\0" in text:
            raise InvalidRequest("content: holds a NUL character")
        problems = problems_of(text)
        if problems:
            raise InvalidRequest(f"content: {'; '.join(problems)}")
        if not any(True for _ in parse_rules(text, "")):
            raise InvalidRequest("content: holds no rule")
        return text


def _holds(text: str, sid: int, gid: int) -> bool:
    return any((rule.sid, rule.gid) == (sid, gid) for rule in parse_rules(text, ""))


def _change(name: str, text: str, *, was_tested: bool, statistics: tuple[RulesetStatistics, ...]) -> RulesetChange:
    rules = list(parse_rules(text, name))
    enabled = sum(rule.is_enabled for rule in rules)
    digest = digest_of(text.encode("utf-8", "surrogateescape"))
    return RulesetChange(name, enabled, len(rules) - enabled, digest, was_tested, statistics)
