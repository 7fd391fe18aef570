"""The filter `type` of stored events: the topics that WebSocket clients subscribe to, one or several."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from common.domain.events import event_types
from common.domain.topics import TopicInvalid, check_topic, topic_matches
from common.models import StoredEvent

MAX_TOPICS = 50
NEAR = 3


class TopicsField(forms.MultipleChoiceField):
    """Topics, each of which stands for an event type that is declared, or was when events of it were stored."""

    def validate(self, value: Sequence[str]) -> None:
        if len(value) > MAX_TOPICS:
            raise forms.ValidationError(f"At most {MAX_TOPICS} topics are asked for at once.", "too_many")
        for topic in value:
            _check(topic)


class TypeFilter(django_filters.MultipleChoiceFilter):  # type: ignore[misc] # django-filter ships no types
    field_class = TopicsField

    def filter(self, queryset: QuerySet[StoredEvent], value: Sequence[str]) -> QuerySet[StoredEvent]:
        return queryset.filter(condition_of(value)) if value and "*" not in value else queryset


def condition_of(topics: Sequence[str]) -> Q:
    """Any of the topics. Types are found by their index."""
    condition = Q(type__in=[topic for topic in topics if "*" not in topic])
    for topic in topics:
        if "*" not in topic:
            continue
        family = topic.removesuffix("*")
        condition |= Q(type__regex=_regex(topic)) if "*" in family else Q(type__startswith=family)
    return condition


def _regex(topic: str) -> str:
    words = [r"[^.]+" if word == "*" else word for word in topic.split(".")]  # a word has no sign of patterns
    if topic.endswith("*"):
        words[-1] = ".+"
    return "^" + r"\.".join(words) + "$"


def _check(topic: str) -> None:
    try:
        check_topic(topic)
    except TopicInvalid as error:
        raise forms.ValidationError(f"{error}.", "invalid_topic") from error
    declared = event_types()
    if any(topic_matches(topic, name) for name in declared):
        return
    if StoredEvent.objects.filter(condition_of([topic])).exists():
        return
    near = get_close_matches(topic, declared, n=NEAR, cutoff=0.5)
    hint = f" Near ones: {', '.join(near)}." if near else ""
    message = f"There are no events of the type {topic}.{hint} All are listed under event-types/."
    raise forms.ValidationError(message, "unknown_type")
