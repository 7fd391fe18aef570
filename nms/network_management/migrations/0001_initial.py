import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("v1", "SNMPv1 community"), ("v2c", "SNMPv2c community"), ("v3", "SNMPv3 user")],
                        max_length=3,
                    ),
                ),
                ("priority", models.PositiveSmallIntegerField(default=100)),
                ("username", models.CharField(blank=True, max_length=64)),
                ("auth_protocol", models.CharField(blank=True, max_length=8)),
                ("priv_protocol", models.CharField(blank=True, max_length=10)),
                ("encrypted_secrets", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "ordering": ["priority", "id"],
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                (
                    "status",
                    models.CharField(
                        choices=[("reachable", "Reachable"), ("unreachable", "Unreachable"), ("unknown", "Unknown")],
                        default="unknown",
                        max_length=11,
                    ),
                ),
                ("status_changed_at", models.DateTimeField(null=True)),
                ("missed_polls", models.PositiveIntegerField(default=0)),
                ("vendor", models.TextField(blank=True)),
                ("os", models.TextField(blank=True)),
                ("model", models.TextField(blank=True)),
                ("version", models.TextField(blank=True)),
                ("serial", models.TextField(blank=True)),
                ("role", models.TextField(blank=True)),
                ("sys_name", models.TextField(blank=True)),
                ("sys_object_id", models.TextField(blank=True)),
                ("description", models.TextField(blank=True)),
                ("contact", models.TextField(blank=True)),
                ("location", models.TextField(blank=True)),
                ("engine_id", models.TextField(blank=True)),
                ("chassis_id_subtype", models.PositiveSmallIntegerField(null=True)),
                ("chassis_id", models.TextField(blank=True)),
                ("boot_time", models.DateTimeField(null=True)),
                ("resources", models.JSONField(default=dict)),
                ("management_address", models.CharField(max_length=45, null=True)),
                ("management_port", models.PositiveIntegerField(default=161)),
                ("site", models.CharField(blank=True, max_length=200)),
                ("tags", models.JSONField(default=list)),
                ("notes", models.TextField(blank=True)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                ("last_profiled_at", models.DateTimeField(null=True)),
                ("updated_at", models.DateTimeField()),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                (
                    "credential",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="devices",
                        to="network_management.credential",
                    ),
                ),
                (
                    "replaced_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="replaces",
                        to="network_management.device",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["name"], name="device_name"),
                    models.Index(fields=["status"], name="device_status"),
                    models.Index(fields=["chassis_id"], name="device_chassis_id"),
                    models.Index(fields=["sys_name"], name="device_sys_name"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("management_address", "management_port"), name="device_management_endpoint"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Component",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("index", models.BigIntegerField()),
                ("contained_in", models.BigIntegerField()),
                ("class_name", models.TextField(blank=True)),
                ("name", models.TextField(blank=True)),
                ("description", models.TextField(blank=True)),
                ("vendor_type", models.TextField(blank=True)),
                ("hardware_revision", models.TextField(blank=True)),
                ("firmware_revision", models.TextField(blank=True)),
                ("software_revision", models.TextField(blank=True)),
                ("serial", models.TextField(blank=True)),
                ("manufacturer", models.TextField(blank=True)),
                ("model", models.TextField(blank=True)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="components",
                        to="network_management.device",
                    ),
                ),
            ],
            options={
                "ordering": ["device_id", "index"],
                "constraints": [models.UniqueConstraint(fields=("device", "index"), name="component_once")],
            },
        ),
        migrations.CreateModel(
            name="DeviceIdentifier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("serial", "Serial"), ("chassis", "Chassis"), ("engine_id", "Engine Id")], max_length=9
                    ),
                ),
                ("value", models.TextField()),
                ("first_seen", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="network_management.device",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["kind", "value"], name="identifier_value")],
                "constraints": [models.UniqueConstraint(fields=("device", "kind"), name="identifier_one_of_a_kind")],
            },
        ),
        migrations.CreateModel(
            name="DiscoveryRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("spec", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="queued",
                        max_length=9,
                    ),
                ),
                ("requested_by", models.CharField(blank=True, max_length=150)),
                ("cancel_requested", models.BooleanField(default=False)),
                ("error", models.TextField(blank=True)),
                ("addresses_total", models.PositiveIntegerField(default=0)),
                ("addresses_done", models.PositiveIntegerField(default=0)),
                ("alive", models.PositiveIntegerField(default=0)),
                ("profiled", models.PositiveIntegerField(default=0)),
                ("devices_new", models.PositiveIntegerField(default=0)),
                ("devices_changed", models.PositiveIntegerField(default=0)),
                ("devices_unchanged", models.PositiveIntegerField(default=0)),
                ("problem_count", models.PositiveIntegerField(default=0)),
                ("result", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["state"], name="discovery_run_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "running"]), ("finished_at__isnull", False), _connector="OR"
                        ),
                        name="discovery_run_finished_has_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DiscoveryProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=45)),
                ("port", models.PositiveIntegerField(null=True)),
                ("step", models.CharField(max_length=20)),
                ("kind", models.CharField(max_length=40)),
                ("message", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="network_management.discoveryrun",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=45)),
                ("port", models.PositiveIntegerField()),
                ("answering", models.BooleanField(default=True)),
                ("first_seen", models.DateTimeField()),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="endpoints",
                        to="network_management.device",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("address", "port"), name="endpoint_once")],
            },
        ),
        migrations.CreateModel(
            name="Interface",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("if_index", models.BigIntegerField()),
                ("name", models.TextField(blank=True)),
                ("description", models.TextField(blank=True)),
                ("alias", models.TextField(blank=True)),
                ("type", models.PositiveIntegerField()),
                ("mtu", models.BigIntegerField(null=True)),
                ("speed_bps", models.BigIntegerField(null=True)),
                ("mac", models.TextField(blank=True)),
                ("admin_status", models.TextField(blank=True)),
                ("oper_status", models.TextField(blank=True)),
                ("lldp_port_id_subtype", models.PositiveSmallIntegerField(null=True)),
                ("lldp_port_id", models.TextField(blank=True)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                ("status_changed_at", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interfaces",
                        to="network_management.device",
                    ),
                ),
            ],
            options={
                "ordering": ["device_id", "if_index"],
                "indexes": [models.Index(fields=["mac"], name="interface_mac")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("last_seen__isnull", True)),
                        fields=("device", "if_index"),
                        name="interface_index_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IPAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=45)),
                ("prefix_length", models.PositiveSmallIntegerField(null=True)),
                ("sort_key", models.CharField(max_length=33)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="network_management.device",
                    ),
                ),
                (
                    "interface",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="addresses",
                        to="network_management.interface",
                    ),
                ),
            ],
            options={
                "verbose_name": "IP address",
                "verbose_name_plural": "IP addresses",
                "ordering": ["sort_key", "id"],
                "indexes": [models.Index(fields=["sort_key"], name="ip_address_sort_key")],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=120, unique=True)),
                ("a_port", models.TextField(blank=True)),
                ("b_port", models.TextField(blank=True)),
                ("protocols", models.JSONField(default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[("up", "Up"), ("down", "Down"), ("unknown", "Unknown")],
                        default="unknown",
                        max_length=7,
                    ),
                ),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                (
                    "a_device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_a",
                        to="network_management.device",
                    ),
                ),
                (
                    "a_interface",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_a",
                        to="network_management.interface",
                    ),
                ),
                (
                    "b_device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_b",
                        to="network_management.device",
                    ),
                ),
                (
                    "b_interface",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_b",
                        to="network_management.interface",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Neighbor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("protocol", models.CharField(choices=[("lldp", "Lldp"), ("cdp", "Cdp")], max_length=4)),
                ("local_port", models.BigIntegerField()),
                ("chassis_id_subtype", models.PositiveSmallIntegerField(null=True)),
                ("chassis_id", models.TextField(blank=True)),
                ("port_id_subtype", models.PositiveSmallIntegerField(null=True)),
                ("port_id", models.TextField(blank=True)),
                ("port_description", models.TextField(blank=True)),
                ("system_name", models.TextField(blank=True)),
                ("system_description", models.TextField(blank=True)),
                ("management_addresses", models.JSONField(default=list)),
                ("capabilities", models.JSONField(default=list)),
                ("platform", models.TextField(blank=True)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="neighbors",
                        to="network_management.device",
                    ),
                ),
                (
                    "interface",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="neighbors",
                        to="network_management.interface",
                    ),
                ),
            ],
            options={
                "ordering": ["device_id", "local_port", "id"],
                "indexes": [models.Index(fields=["chassis_id"], name="neighbor_chassis_id")],
            },
        ),
        migrations.CreateModel(
            name="LinkEvidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_a", models.BooleanField()),
                ("first_seen", models.DateTimeField()),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="network_management.link",
                    ),
                ),
                (
                    "neighbor",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="evidence",
                        to="network_management.neighbor",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Vlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("vlan_id", models.PositiveIntegerField()),
                ("name", models.TextField(blank=True)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vlans",
                        to="network_management.device",
                    ),
                ),
            ],
            options={
                "verbose_name": "VLAN",
                "ordering": ["device_id", "vlan_id"],
                "constraints": [models.UniqueConstraint(fields=("device", "vlan_id"), name="vlan_once")],
            },
        ),
    ]
