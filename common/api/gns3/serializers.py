"""How GNS3 looks in OpenAPI. Answers are written by rows.py, what comes in is checked by bodies.py; a test holds the
three together.
"""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.domain.topics import PRIORITIES

NODE_STATUSES = ("started", "stopped", "suspended")
PROJECT_STATUSES = ("opened", "closed")
CIRCUIT_PHASES = ("closed", "open", "half_open")
MODULE_KINDS = ("local", "remote")
MODULE_STATES = ("active", "lost")
GNS3_STATUSES = ("unconfigured", "healthy", "degraded", "unhealthy", "unknown")

_S = serializers.Serializer[Any]


class RelatedSerializer(_S):
    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.CharField()


# --- Answers ---


class Gns3ProjectSerializer(_S):
    project_id = serializers.UUIDField()
    url = serializers.CharField()
    server = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=PROJECT_STATUSES)
    auto_close = serializers.BooleanField(help_text="The server closes it when the last listener to its stream leaves.")
    auto_open = serializers.BooleanField()
    auto_start = serializers.BooleanField()
    watched = serializers.BooleanField(help_text="Somebody asked the hub to listen to its stream.")
    made_by_hub = serializers.BooleanField()
    nodes = serializers.IntegerField(allow_null=True, help_text="As last recorded; null before that, as those below.")
    links = serializers.IntegerField(allow_null=True)
    running = serializers.IntegerField(allow_null=True, help_text="How many nodes are started.")
    changed_at = serializers.DateTimeField(allow_null=True)


class Gns3PortSerializer(_S):
    adapter_number = serializers.IntegerField()
    port_number = serializers.IntegerField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    link_type = serializers.CharField()
    mac = serializers.CharField(allow_null=True)


class Gns3ConsoleSerializer(_S):
    type = serializers.CharField()
    host = serializers.CharField(help_text="Where it can be reached from the hub.")
    port = serializers.IntegerField(allow_null=True)
    websocket = serializers.CharField(allow_null=True, help_text="The terminal through the hub; null without telnet.")


class Gns3LabNodeSerializer(_S):
    node_id = serializers.UUIDField()
    url = serializers.CharField()
    server = serializers.CharField()
    project_id = serializers.UUIDField()
    name = serializers.CharField()
    type = serializers.CharField()
    status = serializers.ChoiceField(choices=NODE_STATUSES)
    compute_id = serializers.CharField()
    template_id = serializers.CharField(allow_null=True)
    console = Gns3ConsoleSerializer(allow_null=True)
    ports = Gns3PortSerializer(many=True)
    x = serializers.IntegerField()
    y = serializers.IntegerField()
    z = serializers.IntegerField()
    symbol = serializers.CharField()


class Gns3LinkEndSerializer(_S):
    node = RelatedSerializer()
    adapter_number = serializers.IntegerField()
    port_number = serializers.IntegerField()
    port = serializers.CharField(allow_null=True, help_text="The port's name.")
    label = serializers.CharField()  # type: ignore[assignment] # a field may be named like the property


class Gns3LinkSerializer(_S):
    link_id = serializers.UUIDField()
    url = serializers.CharField()
    server = serializers.CharField()
    project_id = serializers.UUIDField()
    type = serializers.CharField()
    ends = Gns3LinkEndSerializer(many=True)
    suspended = serializers.BooleanField()
    filters = serializers.DictField(child=serializers.ListField(), help_text="By name with their arguments.")
    capturing = serializers.BooleanField()
    capture_file = serializers.CharField(allow_null=True)


class Gns3DrawingSerializer(_S):
    drawing_id = serializers.UUIDField()
    svg = serializers.CharField()
    x = serializers.IntegerField()
    y = serializers.IntegerField()
    z = serializers.IntegerField()
    rotation = serializers.IntegerField()


class Gns3TopologySerializer(_S):
    server = serializers.CharField()
    project = Gns3ProjectSerializer()
    nodes = Gns3LabNodeSerializer(many=True)
    links = Gns3LinkSerializer(many=True)
    drawings = Gns3DrawingSerializer(many=True)


class RefreshedSerializer(_S):
    refreshed = serializers.ListField(
        child=serializers.DictField(), help_text="For each project that was read: project, nodes, links."
    )


class Gns3TemplateSerializer(_S):
    template_id = serializers.CharField()
    server = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    builtin = serializers.BooleanField()
    category = serializers.CharField()
    symbol = serializers.CharField()
    compute_id = serializers.CharField(allow_null=True)


class Gns3SnapshotSerializer(_S):
    snapshot_id = serializers.UUIDField()
    url = serializers.CharField()
    project_id = serializers.UUIDField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class FilterParameterSerializer(_S):
    name = serializers.CharField()
    minimum = serializers.IntegerField(allow_null=True)
    maximum = serializers.IntegerField(allow_null=True)


class AvailableFilterSerializer(_S):
    type = serializers.CharField(help_text="The name under which it is set.")
    name = serializers.CharField()
    description = serializers.CharField()
    parameters = FilterParameterSerializer(many=True)


class LinkFiltersSerializer(_S):
    filters = serializers.DictField(child=serializers.ListField(), help_text="Those that are set.")
    available = AvailableFilterSerializer(many=True)


class CircuitSerializer(_S):
    phase = serializers.ChoiceField(choices=CIRCUIT_PHASES)
    admitted = serializers.IntegerField()
    refused = serializers.IntegerField()
    success = serializers.IntegerField()
    failure = serializers.IntegerField()
    neutral = serializers.IntegerField()
    opened = serializers.IntegerField(help_text="How often it opened.")


class ComputeSerializer(_S):
    compute_id = serializers.CharField()
    name = serializers.CharField()
    connected = serializers.BooleanField()


class ServerStatusSerializer(_S):
    name = serializers.CharField()
    reachable = serializers.BooleanField(allow_null=True, help_text="Null until a listener has looked.")
    since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    version = serializers.CharField()
    api = serializers.CharField()
    listening = serializers.BooleanField(help_text="Some process of the hub watches it now.")
    listening_since = serializers.DateTimeField(allow_null=True)
    circuit = CircuitSerializer(help_text="The breaker of this server; its counts are of the answering process.")
    computes = ComputeSerializer(many=True)
    projects = serializers.IntegerField()
    open_projects = serializers.IntegerField()
    watched_projects = serializers.IntegerField()


class CacheSerializer(_S):
    hits = serializers.IntegerField()
    misses = serializers.IntegerField()
    ratio = serializers.FloatField(allow_null=True)
    ttl_seconds = serializers.FloatField()


class CallsSerializer(_S):
    operation = serializers.CharField()
    count = serializers.IntegerField()
    failures = serializers.IntegerField()
    p50_seconds = serializers.FloatField()
    p95_seconds = serializers.FloatField()
    p99_seconds = serializers.FloatField()


class Gns3StatusSerializer(_S):
    status = serializers.ChoiceField(choices=GNS3_STATUSES)
    servers = ServerStatusSerializer(many=True)
    cache = CacheSerializer(help_text="Of the answering process.")
    calls = CallsSerializer(many=True, help_text="Of the answering process.")
    events = serializers.DictField(child=serializers.IntegerField(), help_text="By type, of the last 24 hours.")


class EventCountSerializer(_S):
    type = serializers.CharField()
    count = serializers.IntegerField()
    last_position = serializers.IntegerField()
    last_at = serializers.DateTimeField()


class EventStatisticsSerializer(_S):
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total = serializers.IntegerField()
    by_type = EventCountSerializer(many=True)
    by_priority = serializers.DictField(child=serializers.IntegerField())
    by_actor = serializers.DictField(child=serializers.IntegerField(), help_text='The ten busiest; "" is nobody here.')
    by_project = serializers.ListField(child=serializers.DictField(), help_text="The twenty busiest.")


class ConsoleOutputSerializer(_S):
    output = serializers.CharField()
    ended_by = serializers.ChoiceField(
        choices=("quiet", "time", "size", "prompt"),
        help_text="Why reading ended: nothing came any more, the time was up, too much came, or the prompt came back.",
    )
    truncated = serializers.BooleanField()
    seconds = serializers.FloatField()


class ModuleInterfaceSerializer(_S):
    module = RelatedSerializer()
    kind = serializers.ChoiceField(choices=MODULE_KINDS)
    state = serializers.ChoiceField(choices=MODULE_STATES)
    topics = serializers.ListField(child=serializers.CharField(), help_text="Of GNS3's events, as it asked for them.")
    projects = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Ids; null where it hears of all projects."
    )
    subscriptions = serializers.IntegerField(help_text="How many it asked for here.")
    subscriptions_url = serializers.CharField()
    websocket = serializers.CharField(help_text="What concerns the module, live.")


class Gns3SubscriptionSerializer(_S):
    id = serializers.IntegerField()
    url = serializers.CharField()
    module = serializers.CharField()
    topics = serializers.ListField(child=serializers.CharField())
    project_id = serializers.CharField(allow_null=True, help_text="Null for all projects.")
    priority = serializers.ChoiceField(choices=PRIORITIES, help_text="This or higher.")
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField()


# --- Requests ---


class OnNodeSerializer(_S):
    project_id = serializers.CharField()
    node_id = serializers.CharField()


class StartProjectSerializer(_S):
    project_id = serializers.CharField()
    parallel = serializers.IntegerField(required=False, min_value=1, max_value=32, default=4)
    wait_seconds = serializers.FloatField(required=False, default=60.0, max_value=3600, help_text="For one node.")
    require_all = serializers.BooleanField(
        required=False, default=False, help_text="Fail where a node does not answer."
    )
    discover = serializers.BooleanField(required=False, default=True, help_text="Discover its equipment afterwards.")


class StopProjectSerializer(_S):
    project_id = serializers.CharField()
    close = serializers.BooleanField(required=False, default=False)
    wait_seconds = serializers.FloatField(required=False, default=60.0, max_value=3600)


class Gns3RefreshSerializer(_S):
    project_id = serializers.CharField(required=False, help_text="Without it all open projects.")
    node_id = serializers.CharField(required=False, help_text="That node alone.")
    server = serializers.CharField(required=False)


class NewProjectSerializer(_S):
    name = serializers.CharField(max_length=200)
    server = serializers.CharField(required=False, help_text="Where there are several and none is called main.")


class NameSerializer(_S):
    name = serializers.CharField(max_length=200)


class NewNodeSerializer(_S):
    name = serializers.CharField(max_length=200)
    template = serializers.CharField(required=False, help_text="Its id, or its name.")
    type = serializers.CharField(required=False, help_text="Such as vpcs; instead of a template.")
    x = serializers.IntegerField(required=False, default=0)
    y = serializers.IntegerField(required=False, default=0)
    compute_id = serializers.CharField(required=False, help_text="The template's own without it, else local.")
    properties = serializers.DictField(required=False)


class NodeChangesSerializer(_S):
    name = serializers.CharField(max_length=200, required=False)
    x = serializers.IntegerField(required=False)
    y = serializers.IntegerField(required=False)
    z = serializers.IntegerField(required=False)


class NewLinkEndSerializer(_S):
    node_id = serializers.CharField()
    adapter_number = serializers.IntegerField(required=False, default=0)
    port_number = serializers.IntegerField(required=False, default=0)


class NewLinkSerializer(_S):
    ends = NewLinkEndSerializer(many=True, help_text="Two.")


class FiltersSerializer(_S):
    filters = serializers.DictField(child=serializers.ListField(), help_text="All of them; {} for none.")


class NewCaptureSerializer(_S):
    file_name = serializers.CharField(required=False, max_length=100, help_text="Made of the nodes' names without it.")


class ConsoleInputSerializer(_S):
    line = serializers.CharField(required=False, max_length=1000, help_text="Typed as it is, Enter after it.")
    command = serializers.CharField(
        required=False, max_length=500, help_text="Typed at the prompt, which is waited for."
    )
    wait_seconds = serializers.FloatField(required=False, default=5.0, max_value=30)


class NewSubscriptionSerializer(_S):
    topics = serializers.ListField(child=serializers.CharField(), required=False, default=["*"])
    project_id = serializers.CharField(required=False)
    priority = serializers.ChoiceField(choices=PRIORITIES, required=False, default="low")
