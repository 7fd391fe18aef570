"""How the hub's own state looks in REST answers; they only describe, the views answer with plain values."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.domain.topics import PRIORITIES

STATUSES = ("healthy", "degraded", "unhealthy", "unknown")
SWITCH = ("processing", "paused")
WORKER_STATES = ("live", "lost")


class HealthSummarySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STATUSES)
    since = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True)


class HubHealthSerializer(HealthSummarySerializer):
    reason = serializers.CharField(help_text="Why it is otherwise than the last look found: no worker is alive.")


class ComponentHealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=STATUSES)
    detail = serializers.CharField()
    since = serializers.DateTimeField()
    milliseconds = serializers.FloatField()


class SystemHealthSerializer(HealthSummarySerializer):
    components = serializers.DictField(
        child=ComponentHealthSerializer(), help_text="By name: component:database, module:..., service:.../..."
    )


class ModuleCountsSerializer(serializers.Serializer[Any]):
    active = serializers.IntegerField()
    lost = serializers.IntegerField()
    lost_names = serializers.ListField(child=serializers.CharField())
    capabilities = serializers.IntegerField(help_text="That can be called now.")


class PriorityCountsSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {priority: serializers.IntegerField() for priority in PRIORITIES}


class MessageCountsSerializer(serializers.Serializer[Any]):
    waiting = PriorityCountsSerializer()
    running = PriorityCountsSerializer()
    dead = PriorityCountsSerializer()
    oldest_waiting_seconds = serializers.FloatField(allow_null=True)
    ended_per_second = serializers.FloatField(help_text="Delivered, dead or expired, over the last ten seconds.")


class WorkflowCountsSerializer(serializers.Serializer[Any]):
    runs = serializers.DictField(child=serializers.IntegerField(), help_text="By state.")
    steps = serializers.DictField(child=serializers.IntegerField(), help_text="Waiting, running and suspended ones.")
    open_approvals = serializers.IntegerField()


class ConsumerSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    lag = serializers.IntegerField(help_text="Events that it has not had yet.")
    failures = serializers.IntegerField(help_text="In a row.")
    error = serializers.CharField(help_text="Why it last failed.")


class EventCountsSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    per_second = serializers.FloatField(help_text="Over the last ten seconds.")
    consumers = serializers.DictField(child=ConsumerSerializer())


class WebSocketCountsSerializer(serializers.Serializer[Any]):
    connections = serializers.IntegerField(help_text="To the web process that answers.")


class WorkerCountsSerializer(serializers.Serializer[Any]):
    live = serializers.IntegerField()
    names = serializers.ListField(child=serializers.CharField())
    last_seen_at = serializers.DateTimeField(allow_null=True)


class HubStatusSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=SWITCH)
    changed_at = serializers.DateTimeField(allow_null=True)
    changed_by = serializers.CharField()
    mode = serializers.ChoiceField(choices=("embedded", "production"))
    version = serializers.CharField()
    uptime_seconds = serializers.FloatField(help_text="Of the web process that answers.")
    health = HubHealthSerializer()
    modules = ModuleCountsSerializer()
    messages = MessageCountsSerializer()
    workflows = WorkflowCountsSerializer()
    tasks = serializers.DictField(child=serializers.IntegerField(), help_text="Waiting and running ones.")
    events = EventCountsSerializer()
    websocket = WebSocketCountsSerializer()
    workers = WorkerCountsSerializer()


class SwitchSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=SWITCH)
    changed = serializers.BooleanField(help_text="False where it was in that state before.")
    changed_at = serializers.DateTimeField(allow_null=True)
    changed_by = serializers.CharField()


class ActiveTaskSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    started_at = serializers.DateTimeField(allow_null=True)


class WorkerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=WORKER_STATES)
    pid = serializers.IntegerField()
    pool = serializers.CharField()
    concurrency = serializers.IntegerField()
    queues = serializers.ListField(child=serializers.CharField())
    started_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField()
    uptime_seconds = serializers.FloatField()
    active_tasks = ActiveTaskSerializer(many=True, allow_null=True, help_text="null where it did not answer in time.")


class WorkersSerializer(serializers.Serializer[Any]):
    workers = WorkerSerializer(many=True)
    broker_error = serializers.CharField(allow_null=True, help_text="Why the workers could not be asked.")


class QueueSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    wakeups = serializers.IntegerField(allow_null=True, help_text="Celery messages in the broker; null: it is away.")
    messages = serializers.IntegerField(help_text="Messages waiting in the database.")
    steps = serializers.IntegerField(help_text="Steps of workflows waiting in the database.")
    tasks = serializers.IntegerField(help_text="Tasks waiting in the database.")
    workers = serializers.ListField(child=serializers.CharField(), help_text="Live ones that serve it.")


class QueuesSerializer(serializers.Serializer[Any]):
    queues = QueueSerializer(many=True)
    broker_error = serializers.CharField(allow_null=True)
