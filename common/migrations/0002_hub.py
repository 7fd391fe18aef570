import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("common", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CapabilityClaim",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="EquipmentProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("server", models.CharField(max_length=100)),
                ("project_id", models.CharField(max_length=36)),
                ("node_id", models.CharField(max_length=36)),
                ("project", models.CharField(blank=True, max_length=200)),
                ("name", models.CharField(max_length=200)),
                ("type", models.CharField(blank=True, max_length=50)),
                ("status", models.CharField(max_length=9)),
                ("outcome", models.CharField(max_length=9)),
                ("profile", models.JSONField()),
                ("findings", models.JSONField(default=dict)),
                ("digests", models.JSONField(default=dict)),
                ("first_discovered_at", models.DateTimeField()),
                ("discovered_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name", "node_id"],
                "indexes": [models.Index(fields=["project_id"], name="equipment_profile_by_project")],
                "constraints": [
                    models.UniqueConstraint(fields=("server", "project_id", "node_id"), name="equipment_profile_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="EventCursor",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
                ("claim", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("retry_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name="EventSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("projection", models.CharField(max_length=100)),
                ("subject", models.CharField(max_length=200)),
                ("position", models.BigIntegerField()),
                ("time", models.DateTimeField()),
                ("state", models.JSONField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("projection", "subject", "position"), name="snapshot_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Gns3Drill",
            fields=[
                ("state", models.CharField(default="waiting", max_length=16)),
                ("queue", models.CharField(default="normal", max_length=16)),
                ("priority", models.CharField(default="normal", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("order_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("crashes", models.PositiveSmallIntegerField(default=0)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("server", models.CharField(max_length=100)),
                ("project_id", models.CharField(max_length=36)),
                ("project", models.CharField(blank=True, max_length=200)),
                ("kind", models.CharField(max_length=20)),
                ("about", models.CharField(max_length=36)),
                ("label", models.CharField(blank=True, max_length=500)),
                ("parameters", models.JSONField(default=dict)),
                ("before", models.JSONField(default=dict)),
                ("seconds", models.FloatField()),
                ("until", models.DateTimeField()),
                ("actor", models.CharField(blank=True, max_length=150)),
                ("correlation_id", models.CharField(blank=True, max_length=100)),
                ("causation_id", models.CharField(blank=True, max_length=100)),
                ("idempotency_key", models.CharField(max_length=255, null=True, unique=True)),
                ("created_at", models.DateTimeField()),
                ("began_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=150)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("note", models.TextField(blank=True)),
                ("error", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["order_at", "id"], name="gns3_drill_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["critical", "high"])),
                        fields=["order_at", "id"],
                        name="gns3_drill_urgent",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["discovery", "polling"])),
                        fields=["order_at", "id"],
                        name="gns3_drill_apart",
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["lease_until"], name="gns3_drill_running"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ended"), _negated=True),
                        fields=("server", "project_id", "about"),
                        name="gns3_drill_one_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Gns3Intent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("server", models.CharField(max_length=100)),
                ("project_id", models.CharField(max_length=36)),
                ("about", models.CharField(max_length=200)),
                ("actor", models.CharField(blank=True, max_length=150)),
                ("correlation_id", models.CharField(blank=True, max_length=100)),
                ("causation_id", models.CharField(blank=True, max_length=100)),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["server", "project_id"], name="gns3_intent_by_project")],
            },
        ),
        migrations.CreateModel(
            name="Gns3Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("project_id", models.CharField(max_length=36)),
                ("name", models.CharField(max_length=200)),
                ("status", models.CharField(max_length=6)),
                ("state", models.JSONField(default=dict)),
                ("revision", models.BigIntegerField(default=1)),
                ("watched", models.BooleanField(default=False)),
                ("made_by_hub", models.BooleanField(default=False)),
                ("recent", models.JSONField(default=dict)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name", "project_id"],
                "indexes": [models.Index(fields=["project_id"], name="gns3_project_by_id")],
            },
        ),
        migrations.CreateModel(
            name="Gns3Server",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("version", models.CharField(blank=True, max_length=50)),
                ("api", models.CharField(blank=True, max_length=4)),
                ("reachable", models.BooleanField(default=False)),
                ("reachable_since", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("computes", models.JSONField(default=dict)),
                ("known", models.BooleanField(default=False)),
                ("revision", models.BigIntegerField(default=0)),
                ("holder", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("held_since", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="HealingAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField()),
                ("reason", models.TextField(blank=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("begun", "Begun"), ("restarted", "Restarted"), ("failed", "Failed")],
                        default="begun",
                        max_length=10,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="HealingPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=64)),
                ("target", models.CharField(max_length=64)),
                ("docker_target", models.CharField(default="main", max_length=64)),
                ("container", models.CharField(max_length=200)),
                ("enabled", models.BooleanField(default=False)),
                ("after_failures", models.PositiveSmallIntegerField(default=3)),
                ("restarts_per_hour", models.PositiveSmallIntegerField(default=2)),
                ("created_by", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["service", "target"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("service", "target", "docker_target", "container"), name="healing_policy_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HubState",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("processing", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("changed_by", models.CharField(blank=True, max_length=150)),
            ],
        ),
        migrations.CreateModel(
            name="IdempotentRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user", models.CharField(max_length=150)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "key"), name="idempotent_request_once")],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("state", models.CharField(default="waiting", max_length=16)),
                ("queue", models.CharField(default="normal", max_length=16)),
                ("priority", models.CharField(default="normal", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("order_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("crashes", models.PositiveSmallIntegerField(default=0)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("direct", "Direct"),
                            ("broadcast", "Broadcast"),
                            ("request", "Request"),
                            ("reply", "Reply"),
                            ("event", "Event"),
                        ],
                        max_length=10,
                    ),
                ),
                ("type", models.CharField(max_length=100)),
                ("sender", models.CharField(max_length=160)),
                ("recipient", models.CharField(max_length=100)),
                ("body", models.JSONField(default=dict)),
                ("reply", models.JSONField(null=True)),
                ("actor", models.CharField(blank=True, max_length=150)),
                ("correlation_id", models.CharField(blank=True, max_length=100)),
                ("causation_id", models.CharField(blank=True, max_length=100)),
                ("idempotency_key", models.CharField(max_length=255, null=True)),
                ("max_attempts", models.PositiveSmallIntegerField(default=5)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                ("replays", models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["order_at", "id"], name="message_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["critical", "high"])),
                        fields=["order_at", "id"],
                        name="message_urgent",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["discovery", "polling"])),
                        fields=["order_at", "id"],
                        name="message_apart",
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["lease_until"], name="message_running"
                    ),
                    models.Index(
                        condition=models.Q(("correlation_id", ""), _negated=True),
                        fields=["correlation_id"],
                        name="message_by_correlation",
                    ),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="message_by_end",
                    ),
                    models.Index(condition=models.Q(("state", "dead")), fields=["id"], name="message_dead"),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False), ("state", "waiting")),
                        fields=["expires_at"],
                        name="message_expiring",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key__isnull", False)),
                        fields=("sender", "recipient", "idempotency_key"),
                        name="message_key_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ModuleRecord",
            fields=[
                ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("local", "Local"), ("remote", "Remote")], max_length=6)),
                ("version", models.CharField(max_length=50)),
                (
                    "state",
                    models.CharField(choices=[("active", "Active"), ("lost", "Lost")], default="active", max_length=6),
                ),
                ("manifest", models.JSONField(default=dict)),
                ("callback_url", models.CharField(blank=True, max_length=500)),
                ("secret", models.TextField(blank=True)),
                ("registered_at", models.DateTimeField()),
                ("registered_by", models.CharField(blank=True, max_length=150)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("last_activity_at", models.DateTimeField(null=True)),
                ("messages", models.BigIntegerField(default=0)),
                ("errors", models.BigIntegerField(default=0)),
                ("health", models.CharField(blank=True, max_length=9)),
                ("health_detail", models.CharField(blank=True, max_length=500)),
                ("health_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="ModuleSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topics", models.JSONField()),
                ("priority", models.CharField(max_length=8)),
                ("source", models.CharField(blank=True, max_length=100)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Schedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("enabled", models.BooleanField(default=True)),
                ("workflow", models.CharField(blank=True, max_length=100)),
                ("task", models.CharField(blank=True, max_length=100)),
                ("input", models.JSONField(default=dict)),
                ("created_by", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_count", models.BigIntegerField(default=0)),
                ("last_started_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True)),
                ("crontab", models.CharField(blank=True, max_length=100)),
                ("timezone", models.CharField(default="UTC", max_length=50)),
                ("interval_seconds", models.FloatField(null=True)),
                ("next_at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ServiceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=64)),
                ("target", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("before", models.CharField(max_length=10)),
                ("after", models.CharField(max_length=10)),
                ("reason", models.TextField(blank=True)),
                ("version", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["service", "target", "-at"], name="service_change_of_target"),
                    models.Index(fields=["at"], name="service_change_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=64)),
                ("target", models.CharField(max_length=64)),
                ("hour", models.DateTimeField()),
                ("healthy_seconds", models.FloatField(default=0.0)),
                ("degraded_seconds", models.FloatField(default=0.0)),
                ("unhealthy_seconds", models.FloatField(default=0.0)),
                ("looks", models.PositiveIntegerField(default=0)),
                ("latencies", models.JSONField(default=dict)),
            ],
            options={
                "ordering": ["-hour", "service", "target"],
                "indexes": [models.Index(fields=["hour"], name="service_hour_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("service", "target", "hour"), name="service_hour_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ServiceProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=64)),
                ("url", models.CharField(max_length=500)),
                ("target", models.CharField(max_length=64)),
                (
                    "source",
                    models.CharField(
                        choices=[("docker", "Docker"), ("network", "Network"), ("configuration", "Configuration")],
                        max_length=20,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "Proposed"), ("accepted", "Accepted"), ("dismissed", "Dismissed")],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("version", models.CharField(blank=True, max_length=200)),
                ("evidence", models.TextField(blank=True)),
                ("needs_login", models.BooleanField(default=False)),
                ("container", models.CharField(blank=True, max_length=200)),
                ("found_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["-found_at", "-id"],
                "constraints": [models.UniqueConstraint(fields=("service", "url"), name="service_proposal_once")],
            },
        ),
        migrations.CreateModel(
            name="ServiceState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("service", models.CharField(max_length=64)),
                ("target", models.CharField(max_length=64)),
                ("status", models.CharField(default="unknown", max_length=10)),
                ("reason", models.TextField(blank=True)),
                ("version", models.CharField(blank=True, max_length=200)),
                ("latency_ms", models.FloatField(null=True)),
                ("since", models.DateTimeField()),
                ("checked_at", models.DateTimeField()),
                ("failures", models.PositiveIntegerField(default=0)),
                ("counted_at", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("is_told", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["service", "target"],
                "constraints": [models.UniqueConstraint(fields=("service", "target"), name="service_state_of_target")],
            },
        ),
        migrations.CreateModel(
            name="StepRun",
            fields=[
                ("state", models.CharField(default="waiting", max_length=16)),
                ("queue", models.CharField(default="normal", max_length=16)),
                ("priority", models.CharField(default="normal", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("order_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("crashes", models.PositiveSmallIntegerField(default=0)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("step", models.CharField(max_length=100)),
                ("item", models.IntegerField(default=-1)),
                ("compensates", models.BooleanField(default=False)),
                (
                    "waits_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Nothing"),
                            ("approval", "Approval"),
                            ("event", "Event"),
                            ("time", "Time"),
                            ("child", "Child"),
                            ("items", "Items"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "signal",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "None"),
                            ("event", "Event"),
                            ("time", "Time"),
                            ("child", "Child"),
                            ("expired", "Expired"),
                            ("timeout", "Timeout"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("wait", models.JSONField(default=dict)),
                ("wait_until", models.DateTimeField(null=True)),
                ("deadline_at", models.DateTimeField(null=True)),
                ("capability", models.CharField(blank=True, max_length=100)),
                ("input", models.JSONField(null=True)),
                ("output", models.JSONField(null=True)),
                ("error", models.TextField(blank=True)),
                ("approved_by", models.CharField(blank=True, max_length=150)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["order_at", "id"], name="step_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["critical", "high"])),
                        fields=["order_at", "id"],
                        name="step_urgent",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["discovery", "polling"])),
                        fields=["order_at", "id"],
                        name="step_apart",
                    ),
                    models.Index(condition=models.Q(("state", "running")), fields=["lease_until"], name="step_running"),
                    models.Index(condition=models.Q(("state", "suspended")), fields=["wait_until"], name="step_waits"),
                    models.Index(
                        condition=models.Q(("state", "suspended")), fields=["waits_for"], name="step_suspended"
                    ),
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["deadline_at"], name="step_deadlines"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SystemHealth",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("status", models.CharField(default="unknown", max_length=10)),
                ("since", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("components", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="TaskRecord",
            fields=[
                ("state", models.CharField(default="waiting", max_length=16)),
                ("queue", models.CharField(default="normal", max_length=16)),
                ("priority", models.CharField(default="normal", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("order_at", models.DateTimeField()),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("crashes", models.PositiveSmallIntegerField(default=0)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("arguments", models.JSONField(default=dict)),
                ("requested_by", models.CharField(blank=True, max_length=150)),
                ("worker", models.CharField(blank=True, max_length=200)),
                ("result", models.JSONField(null=True)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("stop_requested_at", models.DateTimeField(null=True)),
                ("stop_requested_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "ordering": ["-created_at", "id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["order_at", "id"], name="task_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["critical", "high"])),
                        fields=["order_at", "id"],
                        name="task_urgent",
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), ("queue__in", ["discovery", "polling"])),
                        fields=["order_at", "id"],
                        name="task_apart",
                    ),
                    models.Index(condition=models.Q(("state", "running")), fields=["lease_until"], name="task_running"),
                    models.Index(fields=["created_at"], name="task_by_time"),
                    models.Index(fields=["finished_at"], name="task_by_end"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Trigger",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("enabled", models.BooleanField(default=True)),
                ("workflow", models.CharField(blank=True, max_length=100)),
                ("task", models.CharField(blank=True, max_length=100)),
                ("input", models.JSONField(default=dict)),
                ("created_by", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_count", models.BigIntegerField(default=0)),
                ("last_started_at", models.DateTimeField(null=True)),
                ("last_error", models.TextField(blank=True)),
                ("topics", models.JSONField(default=list)),
                ("minimum_priority", models.CharField(default="low", max_length=8)),
                ("source", models.CharField(blank=True, max_length=100)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("condition", models.CharField(blank=True, max_length=1000)),
            ],
            options={
                "ordering": ["name"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WorkerRecord",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("pid", models.PositiveIntegerField()),
                ("pool", models.CharField(max_length=50)),
                ("concurrency", models.PositiveIntegerField()),
                ("queues", models.JSONField(default=list)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="WorkflowDefinition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("body", models.JSONField()),
                ("created_by", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="WorkflowRun",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("workflow", models.CharField(max_length=100)),
                ("definition", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("input", models.JSONField(default=dict)),
                ("output", models.JSONField(null=True)),
                ("summary", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("paused", "Paused"),
                            ("compensating", "Compensating"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="running",
                        max_length=12,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=12)),
                ("priority", models.CharField(default="normal", max_length=8)),
                ("actor", models.CharField(blank=True, max_length=150)),
                ("role", models.CharField(default="operator", max_length=8)),
                ("correlation_id", models.CharField(blank=True, max_length=100)),
                ("causation_id", models.CharField(blank=True, max_length=100)),
                ("position", models.BigIntegerField(default=0)),
                ("depth", models.PositiveSmallIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["state", "id"], name="run_by_state"),
                    models.Index(fields=["workflow", "id"], name="run_by_workflow"),
                    models.Index(fields=["correlation_id"], name="run_by_correlation"),
                ],
            },
        ),
        migrations.AddField(
            model_name="eventcounter",
            name="horizon",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="storedevent",
            name="causation_id",
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddIndex(
            model_name="storedevent",
            index=models.Index(fields=["source", "position"], name="event_by_source"),
        ),
        migrations.AddIndex(
            model_name="storedevent",
            index=models.Index(
                condition=models.Q(("correlation_id", ""), _negated=True),
                fields=["correlation_id"],
                name="event_by_correlation",
            ),
        ),
        migrations.AddIndex(
            model_name="storedevent",
            index=models.Index(
                condition=models.Q(("causation_id", ""), _negated=True), fields=["causation_id"], name="event_by_cause"
            ),
        ),
        migrations.AddIndex(
            model_name="storedevent",
            index=models.Index(
                condition=models.Q(("priority", "critical")), fields=["position"], name="event_critical"
            ),
        ),
        migrations.AddField(
            model_name="gns3project",
            name="server",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="projects", to="common.gns3server"
            ),
        ),
        migrations.AddField(
            model_name="healingaction",
            name="policy",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="common.healingpolicy"
            ),
        ),
        migrations.AddField(
            model_name="capabilityclaim",
            name="module",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="claims", to="common.modulerecord"
            ),
        ),
        migrations.AddField(
            model_name="modulesubscription",
            name="module",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="asked", to="common.modulerecord"
            ),
        ),
        migrations.AddField(
            model_name="workflowrun",
            name="parent",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="children", to="common.steprun"
            ),
        ),
        migrations.AddField(
            model_name="steprun",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="common.workflowrun"
            ),
        ),
        migrations.AddConstraint(
            model_name="gns3project",
            constraint=models.UniqueConstraint(fields=("server", "project_id"), name="gns3_project_once"),
        ),
        migrations.AddIndex(
            model_name="healingaction",
            index=models.Index(fields=["policy", "-at"], name="healing_action_of_policy"),
        ),
        migrations.AddConstraint(
            model_name="steprun",
            constraint=models.UniqueConstraint(fields=("run", "step", "item", "compensates"), name="step_once"),
        ),
    ]
