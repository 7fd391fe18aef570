"""Keep what is known of servers and projects, and publish what differs: the one writer of their rows.

Whoever reads the server notes the revision of the row before he asks (`look`), and records only where it is still the
same (compare and set). So a reading that began before somebody else's and ends after it changes nothing, no two
processes make an event of the same difference, and no clocks are compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from api_clients.network.gns3.values import Project, Version
from common.application.gns3.differences import differences, topology_changed
from common.application.gns3.intents import publish_with_causes
from common.application.gns3.known import Known, Step, as_listed, first_seen, of_json, to_json
from common.domain.events import Event
from common.domain.hub_events import gns3 as events
from common.models import Gns3Project, Gns3Server

LOCAL = "local"  # the server's own compute
SAME_WARNING_SECONDS = 2.0
LONGEST_MESSAGE = 2000
MOST_RECENT = 50  # things told lately that a project remembers


@dataclass(frozen=True, slots=True)
class Seen:
    """A project's row as somebody saw it."""

    known: Known
    revision: int
    watched: bool = False
    made_by_hub: bool = False


def look(server: str, project_id: str) -> Seen | None:
    row = Gns3Project.objects.filter(server_id=server, project_id=project_id).first()
    return _seen(row) if row else None


@dataclass(frozen=True, slots=True)
class Row:
    """What the listener looks at every turn. `has_stream`: the hub made it, or was told to watch it."""

    status: str
    revision: int
    has_stream: bool


def rows(server: str) -> dict[str, Row]:
    """All projects of the server, in one small query."""
    columns = ("project_id", "status", "revision", "watched", "made_by_hub")
    found = Gns3Project.objects.filter(server_id=server).order_by().values_list(*columns)
    return {key: Row(status, revision, watched or made) for key, status, revision, watched, made in found}


def revision_of(server: str, project_id: str) -> int | None:
    rows = Gns3Project.objects.filter(server_id=server, project_id=project_id).order_by()
    return rows.values_list("revision", flat=True).first()


def list_revision(server: str) -> int:
    """Of the list of the server's projects; makes the server's row where there is none."""
    revision = Gns3Server.objects.filter(pk=server).values_list("revision", flat=True).first()
    if revision is None:
        Gns3Server.objects.bulk_create([Gns3Server(name=server)], ignore_conflicts=True)
        return 0
    return revision


def record(server: str, project_id: str, revision: int, steps: Sequence[Step]) -> int | None:
    """Take `steps` from the state of that revision, and publish what differs after each; the new revision.

    None where the state has changed meanwhile, or is gone: then nothing is done. Without any difference the revision
    stays.
    """
    with transaction.atomic():
        row = Gns3Project.objects.select_for_update().filter(server_id=server, project_id=project_id).first()
        if row is None or row.revision != revision:
            return None
        return _advance(row, steps).revision


def record_projects(server: str, revision: int, listed: Sequence[Project], *, gone: Collection[str] = ()) -> int | None:
    """What the server's list of projects says; the new revision, None where another list was recorded meanwhile.

    The first list of a server makes no events: what is on it was there before the hub. What is not on it is deleted
    only where it is in `gone`: else it is unknown, and stays as it was.
    """
    try:
        with transaction.atomic():
            row = Gns3Server.objects.select_for_update().get(pk=server)
            if row.revision != revision:
                return None
            found = _list_differences(server, listed, gone, new=row.known)
            if found is None and row.known:
                return row.revision
            first, row.known, row.revision = not row.known, True, row.revision + 1
            row.save(update_fields=["known", "revision"])
            for project_id, told in found or ():
                if not first:
                    publish_with_causes(server, project_id, told)
    except IntegrityError:
        return None  # the row of a project was made by somebody else at this moment
    return row.revision


def record_once(server: str, project_id: str, key: str, event: Event, *, within_seconds: float) -> bool:
    """Publish what is no difference of states (a warning, a restoration), unless it was told a moment ago."""
    now = timezone.now().timestamp()
    with transaction.atomic():
        row = Gns3Project.objects.select_for_update().filter(server_id=server, project_id=project_id).first()
        if row is None or now - row.recent.get(key, 0.0) < within_seconds:
            return False
        newest = sorted({**row.recent, key: now}.items(), key=lambda item: item[1])[-MOST_RECENT:]
        row.recent = dict(newest)
        row.save(update_fields=["recent"])
        publish_with_causes(server, project_id, [event])
    return True


def record_warning(server: str, project_id: str, level: str, message: str) -> bool:
    """What the server tells people; the same again within SAME_WARNING_SECONDS is the same."""
    event = events.Gns3Warning(
        server=server,
        project_id=project_id,
        level="error" if level == "error" else "warning",
        message=message[:LONGEST_MESSAGE],
    )
    if project_id:
        key = f"{level} {blake2b(message.encode(), digest_size=8).hexdigest()}"
        return record_once(server, project_id, key, event, within_seconds=SAME_WARNING_SECONDS)
    with transaction.atomic():
        publish_with_causes(server, "", [event])
    return True


def mark(server: str, project_id: str, **flags: bool) -> None:
    """Set `watched` or `made_by_hub`."""
    Gns3Project.objects.filter(server_id=server, project_id=project_id).update(**flags)


def record_reachable(server: str, version: Version) -> None:
    """The server answers: compute.connected for `local` where it was lost before."""
    list_revision(server)
    with transaction.atomic():
        row = Gns3Server.objects.select_for_update().get(pk=server)
        was, since = row.reachable, row.reachable_since
        row.version, row.api = version.version, version.api
        if not was:
            row.reachable, row.reachable_since, row.reason = True, timezone.now(), ""
        row.save(update_fields=["version", "api", "reachable", "reachable_since", "reason"])
        if not was and since is not None:  # not the first time that it is seen at all
            publish_with_causes(server, "", [events.ComputeConnected(server=server, compute_id=LOCAL, name=server)])


def record_lost(server: str, reason: str) -> None:
    """The server is away: compute.lost for `local`, once; of anything else nothing is concluded."""
    list_revision(server)
    with transaction.atomic():
        row = Gns3Server.objects.select_for_update().get(pk=server)
        first = row.reachable_since is None
        if not (row.reachable or first):
            return
        row.reachable, row.reachable_since, row.reason = False, timezone.now(), reason[:500]
        row.save(update_fields=["reachable", "reachable_since", "reason"])
        lost = events.ComputeLost(server=server, compute_id=LOCAL, name=server, reason=reason[:500])
        publish_with_causes(server, "", [lost])


def record_computes(server: str, computes: Mapping[str, Mapping[str, Any]], *, all_of_them: bool) -> None:
    """What is heard of computes beside `local`: {"name", "connected"} by id. `all_of_them`: others are no more."""
    heard = {key: {"name": said["name"], "connected": said["connected"]} for key, said in computes.items()}
    heard.pop(LOCAL, None)
    before = Gns3Server.objects.filter(pk=server).values_list("computes", flat=True).first()
    if before is not None and before == (heard if all_of_them else {**before, **heard}):
        return
    with transaction.atomic():
        row = Gns3Server.objects.select_for_update().get(pk=server)
        before = row.computes
        row.computes = heard if all_of_them else {**before, **heard}
        row.save(update_fields=["computes"])
        publish_with_causes(server, "", list(_compute_events(server, before, row.computes)))


def forget_compute(server: str, compute_id: str) -> None:
    computes = Gns3Server.objects.filter(pk=server).values_list("computes", flat=True).first() or {}
    if compute_id in computes:
        left = {key: said for key, said in computes.items() if key != compute_id}
        record_computes(server, left, all_of_them=True)


def _compute_events(server: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Event]:
    for key in sorted({*before, *after}):
        was = before.get(key, {}).get("connected", False)
        now = after.get(key, {}).get("connected", False)
        name = {**before, **after}[key]["name"]
        if now and not was:
            yield events.ComputeConnected(server=server, compute_id=key, name=name)
        elif was and not now:
            reason = "the server lost the connection to it" if key in after else "it was removed from the server"
            yield events.ComputeLost(server=server, compute_id=key, name=name, reason=reason)


def _advance(row: Gns3Project, steps: Sequence[Step]) -> Gns3Project:
    known = first = _known(row)
    told: list[Event] = []
    changes: tuple[str, ...] = ()
    for step in steps:
        after = step(known)
        found = differences(row.server_id, row.project_id, known, after)
        told += found.events
        changes += found.changes
        known = after
    if known == first and not told:
        return row
    if changes:
        told.append(topology_changed(row.server_id, row.project_id, known, changes))
    _store(row, known)
    publish_with_causes(row.server_id, row.project_id, told)
    return row


def _store(row: Gns3Project, known: Known) -> None:
    row.name, row.status, row.state = known.name[:200], known.status, to_json(known)
    row.revision += 1
    row.changed_at = timezone.now()
    row.save(update_fields=["name", "status", "state", "revision", "changed_at"])


def _list_differences(
    server: str, listed: Sequence[Project], gone: Collection[str], *, new: bool
) -> list[tuple[str, list[Event]]] | None:
    """Write what differs from the rows, and return the events of each project; None where nothing does."""
    rows = {row.project_id: row for row in Gns3Project.objects.filter(server_id=server)}
    found: list[tuple[str, list[Event]]] = []
    for project in listed:
        row = rows.pop(project.project_id, None)
        if row is None:
            found.append((project.project_id, _add(server, project, new=new)))
        elif as_listed(_known(row), project) != _known(row):
            found.append((project.project_id, _list_again(row, project)))
    for row in rows.values():
        if row.project_id in gone:
            told = differences(server, row.project_id, _known(row), None).events
            row.delete()
            found.append((row.project_id, list(told)))
    return found or None


def _add(server: str, project: Project, *, new: bool) -> list[Event]:
    known = first_seen(project, new=new)
    Gns3Project.objects.create(
        server_id=server,
        project_id=project.project_id,
        name=known.name[:200],
        status=known.status,
        state=to_json(known),
        changed_at=timezone.now(),
    )
    return list(differences(server, project.project_id, None, known).events)


def _list_again(row: Gns3Project, project: Project) -> list[Event]:
    locked = Gns3Project.objects.select_for_update().get(pk=row.pk)  # its nodes may have changed since it was read
    before = _known(locked)
    after = as_listed(before, project)
    _store(locked, after)
    found = differences(row.server_id, row.project_id, before, after)
    return list(found.events)


def _known(row: Gns3Project) -> Known:
    return of_json(row.name, row.status, row.state)


def _seen(row: Gns3Project) -> Seen:
    return Seen(_known(row), row.revision, row.watched, row.made_by_hub)
