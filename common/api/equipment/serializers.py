"""How a profile looks in OpenAPI; what it is made of stands in common/application/equipment/documents.py."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

NODE_STATUSES = ("started", "stopped", "suspended")
STEP_STATUSES = ("succeeded", "partial", "failed", "skipped")
OUTCOMES = ("succeeded", "partial", "failed", "not_discovered")


class _S(serializers.Serializer[Any]):
    pass


class EquipmentInterfaceSerializer(_S):
    name = serializers.CharField(help_text="As GNS3 calls the port; what is no port as the device does.")
    connected = serializers.BooleanField()
    ip = serializers.CharField(allow_null=True)


# `from` is a word of Python, so this one is not written as a class.
ConnectivitySerializer = type(
    "ConnectivitySerializer",
    (_S,),
    {
        "ping_success": serializers.BooleanField(),
        "response_time_ms": serializers.FloatField(allow_null=True),
        "from": serializers.ChoiceField(("hub", "console")),
    },
)


class NetworkInfoSerializer(_S):
    ip_addresses = serializers.ListField(
        child=serializers.CharField(), help_text="The most certain first; the step validation says which are in doubt."
    )
    interfaces = EquipmentInterfaceSerializer(many=True)
    connectivity_tests = serializers.DictField(
        child=ConnectivitySerializer(), help_text="By address: pinged from the hub, or from the node's own console."
    )


class SnmpDataSerializer(_S):
    snmp_available = serializers.BooleanField()
    community = serializers.CharField(allow_null=True, help_text="Masked; null for SNMPv3 and where nothing answered.")
    system_name = serializers.CharField(allow_null=True)
    system_uptime = serializers.FloatField(allow_null=True, help_text="Seconds.")


class PerformanceSerializer(_S):
    available = serializers.BooleanField()
    cpu_percent = serializers.FloatField(allow_null=True)
    memory_total_bytes = serializers.IntegerField(allow_null=True)
    memory_used_bytes = serializers.IntegerField(allow_null=True)
    memory_percent = serializers.FloatField(allow_null=True)
    interfaces = serializers.ListField(child=serializers.DictField(), help_text="Octets, errors and discards of each.")


class ConfigurationSerializer(_S):
    startup = serializers.CharField(allow_null=True, help_text="Secrets are masked before it is stored.")
    startup_source = serializers.CharField(help_text="The file of the node, or console.")
    running = serializers.CharField(allow_null=True)
    masked_secrets = serializers.IntegerField()


class ConsoleSerializer(_S):
    type = serializers.CharField()
    host = serializers.CharField(allow_null=True)
    port = serializers.IntegerField(allow_null=True)
    reachable = serializers.BooleanField(allow_null=True, help_text="Null where it was not tried.")
    dialect = serializers.CharField(allow_null=True)
    hostname = serializers.CharField(allow_null=True)
    system = serializers.DictField(child=serializers.CharField())


class EquipmentNeighborSerializer(_S):
    equipment_id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    port = serializers.CharField()


class EquipmentLinkSerializer(_S):
    link_id = serializers.CharField()
    port = serializers.CharField()
    suspended = serializers.BooleanField()
    filters = serializers.DictField()
    neighbor = EquipmentNeighborSerializer()


class EquipmentStepErrorSerializer(_S):
    code = serializers.CharField()
    message = serializers.CharField()


class EquipmentStepSerializer(_S):
    name = serializers.CharField()
    status = serializers.ChoiceField(STEP_STATUSES)
    errors = EquipmentStepErrorSerializer(many=True)  # type: ignore[assignment] # a field of that name, as in all runs
    reason = serializers.CharField(help_text="Why it was skipped.")
    details = serializers.DictField()


class DiscoverySerializer(_S):
    status = serializers.ChoiceField(OUTCOMES)
    steps = EquipmentStepSerializer(many=True)
    discovered_at = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField(help_text="GNS3 says otherwise now, or cannot be asked.")
    stale_reason = serializers.CharField()


class EquipmentSerializer(_S):
    equipment_id = serializers.CharField(help_text="The node_id.")
    name = serializers.CharField()
    type = serializers.CharField()
    status = serializers.ChoiceField(NODE_STATUSES, help_text="Now, where GNS3 can be asked; discovery.stale says so.")
    network_info = NetworkInfoSerializer()
    snmp_data = SnmpDataSerializer()
    performance = PerformanceSerializer()
    configuration = ConfigurationSerializer()
    console = ConsoleSerializer()
    links = EquipmentLinkSerializer(many=True)
    discovery = DiscoverySerializer()


class DiscoverSerializer(_S):
    equipment_id = serializers.CharField(required=False, help_text="One node; without it all of the project.")
    port = serializers.IntegerField(required=False, min_value=1, max_value=65535, help_text="Of the SNMP agents; 161.")
    credentials = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Ids of stored SNMP credentials, in order."
    )
