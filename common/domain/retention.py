"""How long events are kept: rules such as `*=90d,discovery.progress=2d`, the longest that matches a type wins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from common.domain.topics import TopicInvalid, check_topic, topic_matches

_AGE = re.compile(r"([1-9][0-9]{0,5})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
FOREVER = "forever"


class RetentionInvalid(ValueError):
    """The text is no policy; the message names the rule and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """Topic and age of each rule, the longest topic first; an age of None means for ever."""

    rules: tuple[tuple[str, timedelta | None], ...]

    def age_of(self, event_type: str) -> timedelta | None:
        """How long events of the type are kept; None for ever."""
        return next((age for topic, age in self.rules if topic_matches(topic, event_type)), None)


def parse_retention(text: str) -> RetentionPolicy:
    """Raises RetentionInvalid."""
    rules: dict[str, timedelta | None] = {}
    for part in (part.strip() for part in text.split(",")):
        topic, separator, age = (word.strip() for word in part.partition("="))
        if not separator:
            raise RetentionInvalid(f"{part!r} is no rule; write a topic and an age, such as device.*=90d")
        try:
            check_topic(topic)
        except TopicInvalid as error:
            raise RetentionInvalid(str(error)) from error
        if topic in rules:
            raise RetentionInvalid(f"{topic} has two rules; keep one")
        rules[topic] = _age(age, part)
    if "*" not in rules:
        raise RetentionInvalid("say what holds for all other events: *=90d, or *=forever")
    # An exact type comes before a pattern of the same length.
    return RetentionPolicy(tuple(sorted(rules.items(), key=lambda rule: (-len(rule[0]), rule[0].count("*"), rule[0]))))


def _age(text: str, rule: str) -> timedelta | None:
    if text == FOREVER:
        return None
    found = _AGE.fullmatch(text)
    if found is None:
        raise RetentionInvalid(f"{rule!r}: an age is a whole number and m, h, d or w, such as 90d, or {FOREVER}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
