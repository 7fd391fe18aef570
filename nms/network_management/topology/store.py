"""Write found links: new ones, those that changed, those that are lost; and who vouches for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from django.db.models import Q

from common.application.events.publishing import publish
from common.domain.events import Event
from nms.network_management.events import SOURCE, LinkChanged, LinkDiscovered, LinkLost
from nms.network_management.models import Device, Link, LinkEvidence
from nms.network_management.topology.names import Names
from nms.network_management.topology.values import End, FoundLink

_LONGEST_PORT = 40  # in a key; longer texts are digested
_COLUMNS = (
    *("key", "a_device", "a_interface", "a_port", "b_device", "b_interface", "b_port"),
    *("protocols", "status", "last_seen"),
)


@dataclass(frozen=True, slots=True)
class LinkReport:
    """Link ids by what happened to them."""

    discovered: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)
    kept: set[int] = field(default_factory=set)


def link_key(link: FoundLink) -> str:
    """Return what a link is stored under: the same for whoever finds it."""
    return f"{_end_key(link.a)}~{_end_key(link.b)}"


def _end_key(end: End) -> str:
    if end.interface_id:
        return f"{end.device_id}:{end.interface_id}"
    port = end.port if len(end.port) <= _LONGEST_PORT else blake2b(end.port.encode(), digest_size=16).hexdigest()
    return f"{end.device_id}?{port}"


def store_links(
    found: Mapping[str, FoundLink], standing: Iterable[Link], now: datetime, *, correlation_id: str = ""
) -> LinkReport:
    """Store `found` (by key) in place of the `standing` links and publish the difference."""
    rows = {link.key: link for link in standing}
    rows |= {row.key: row for row in Link.objects.filter(key__in=found.keys() - rows.keys())}
    _take_up_refined(found, rows)
    names = Names(found.values(), rows.values())
    old_statuses = {row.pk: row.status for row in rows.values()}
    discovered, changed, kept = _write(found, rows, names, now)
    lost = [row for key, row in rows.items() if key not in found and row.last_seen is None]
    _lose(lost, now)
    _write_evidence({rows[key].pk: link for key, link in found.items()}, [row.pk for row in lost], now)
    events = [*_discovered(discovered, names), *_changed(changed, old_statuses, names), *_lost(lost, names)]
    publish(*events, source=SOURCE, correlation_id=correlation_id)
    return LinkReport({row.pk for row in discovered}, {row.pk for row in lost}, {row.pk for row in kept})


def _take_up_refined(found: Mapping[str, FoundLink], rows: dict[str, Link]) -> None:
    """A link of which more is known now (a far port that was unknown) keeps its row: the cable is the same."""
    unfinished = {key: row for key, row in rows.items() if not (row.a_interface_id and row.b_interface_id)}
    if not unfinished:
        return
    evidence = LinkEvidence.objects.filter(link__in=unfinished.values())
    old_keys = dict(evidence.values_list("neighbor_id", "link__key"))
    for key, link in found.items():
        if key in rows:
            continue
        for old_key in {old_keys[hearing] for hearing in link.hearings if hearing in old_keys} - found.keys():
            if old_key in rows:
                row = rows.pop(old_key)
                row.key = key
                rows[key] = row
                break


def _write(
    found: Mapping[str, FoundLink], rows: dict[str, Link], names: Names, now: datetime
) -> tuple[list[Link], list[Link], list[Link]]:
    """Return the links that were discovered (or came back), those that stood and changed, and all that stood."""
    new: list[Link] = []
    back: list[Link] = []
    changed: list[Link] = []
    kept: list[Link] = []
    for key, link in found.items():
        row = rows.setdefault(key, Link(first_seen=now))
        differs = _describe(row, key, link, names)
        if row.pk is None:
            new.append(row)
        elif row.last_seen is not None:
            row.last_seen = None
            back.append(row)
        else:
            kept.append(row)
            changed += [row] if differs else []
    Link.objects.bulk_create(new)
    Link.objects.bulk_update([*back, *changed], _COLUMNS, batch_size=100)
    return [*new, *back], changed, kept


def _describe(row: Link, key: str, link: FoundLink, names: Names) -> bool:
    """Give `row` the values of `link`; say whether any is new."""
    values = {
        "a_device_id": link.a.device_id,
        "a_interface_id": link.a.interface_id or None,
        "a_port": names.port(link.a.interface_id, link.a.port),
        "b_device_id": link.b.device_id,
        "b_interface_id": link.b.interface_id or None,
        "b_port": names.port(link.b.interface_id, link.b.port),
        "protocols": list(link.protocols),
        "status": names.status((link.a, link.b)),
    }
    differs = row.key != key or any(getattr(row, name) != value for name, value in values.items())
    for name, value in {"key": key, **values}.items():
        setattr(row, name, value)
    return differs


def _lose(lost: Iterable[Link], now: datetime) -> None:
    for row in lost:
        row.last_seen, row.status = now, Link.Status.DOWN
    Link.objects.filter(pk__in=[row.pk for row in lost]).update(last_seen=now, status=Link.Status.DOWN)


def _write_evidence(found: Mapping[int, FoundLink], lost: Iterable[int], now: datetime) -> None:
    wanted = {
        hearing: (link_id, from_a) for link_id, link in found.items() for hearing, from_a in link.hearings.items()
    }
    concerned = Q(link_id__in=[*found, *lost]) | Q(neighbor_id__in=list(wanted))
    stored = {row.neighbor_id: row for row in LinkEvidence.objects.filter(concerned)}
    right = {hearing for hearing, row in stored.items() if wanted.get(hearing) == (row.link_id, row.from_a)}
    stale = [row.pk for hearing, row in stored.items() if hearing not in right]
    if stale:
        LinkEvidence.objects.filter(pk__in=stale).delete()
    LinkEvidence.objects.bulk_create(
        LinkEvidence(link_id=link_id, neighbor_id=hearing, from_a=from_a, first_seen=now)
        for hearing, (link_id, from_a) in wanted.items()
        if hearing not in right
    )


def _discovered(rows: Iterable[Link], names: Names) -> Iterator[Event]:
    for row in rows:
        yield LinkDiscovered(link_id=row.pk, protocols=row.protocols, status=row.status, **names.ends(row))


def _changed(rows: Iterable[Link], old_statuses: Mapping[int, str], names: Names) -> Iterator[Event]:
    for row in rows:
        yield LinkChanged(
            link_id=row.pk,
            protocols=row.protocols,
            old_status=old_statuses[row.pk],
            status=row.status,
            **names.ends(row),
        )


def _lost(rows: Iterable[Link], names: Names) -> Iterator[Event]:
    for row in rows:
        yield LinkLost(link_id=row.pk, protocols=row.protocols, reason=_why_lost(row, names), **names.ends(row))


def _why_lost(row: Link, names: Names) -> str:
    if row.protocols == ["gns3"]:
        return "The cable is gone from its GNS3 project."
    silent = [
        names.device(device_id)
        for device_id in (row.a_device_id, row.b_device_id)
        if names.status_of(device_id) != Device.Status.REACHABLE
    ]
    if silent:
        return f"{' and '.join(silent)} stopped answering, and nothing else reports the link."
    return "Neither end reports the other any more."
