"""Paths of GNS3, below api/common/api/gns3-central/. The first ones are published; they hold."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from common.api.gns3 import (
    captures,
    central,
    consoles,
    links,
    modules,
    nodes,
    projects,
    snapshots,
    statistics,
    templates,
)
from common.api.gns3.drills import DrillViewSet
from common.api.modules.urls import NAME
from common.api.routers import NmsRouter

PROJECT = "projects/<str:project_id>/"
NODE = f"{PROJECT}nodes/<str:node_id>/"
LINK = f"{PROJECT}links/<str:link_id>/"
SNAPSHOT = f"{PROJECT}snapshots/<str:snapshot_id>/"
SUBSCRIPTION = "(?P<subscription>[0-9]{1,18})"

router = NmsRouter()
router.register("drills", DrillViewSet, basename="gns3-drill")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("status/", central.StatusView.as_view(), name="gns3-status"),
    path("start_node/", central.StartNodeView.as_view(), name="gns3-start-node"),
    path("stop_node/", central.StopNodeView.as_view(), name="gns3-stop-node"),
    path("restart_node/", central.RestartNodeView.as_view(), name="gns3-restart-node"),
    path("suspend_node/", central.SuspendNodeView.as_view(), name="gns3-suspend-node"),
    path("start_project/", central.StartProjectView.as_view(), name="gns3-start-project"),
    path("stop_project/", central.StopProjectView.as_view(), name="gns3-stop-project"),
    path("topology/", central.TopologyView.as_view(), name="gns3-topology"),
    path("refresh_topology/", central.RefreshTopologyView.as_view(), name="gns3-refresh-topology"),
    path("projects/", projects.ProjectsView.as_view(), name="gns3-projects"),
    path("projects/import/", projects.ImportProjectView.as_view(), name="gns3-project-import"),
    path(PROJECT, projects.ProjectView.as_view(), name="gns3-project"),
    path(f"{PROJECT}open/", projects.OpenProjectView.as_view(), name="gns3-project-open"),
    path(f"{PROJECT}close/", projects.CloseProjectView.as_view(), name="gns3-project-close"),
    path(f"{PROJECT}duplicate/", projects.DuplicateProjectView.as_view(), name="gns3-project-duplicate"),
    path(f"{PROJECT}watch/", projects.WatchProjectView.as_view(), name="gns3-project-watch"),
    path(f"{PROJECT}unwatch/", projects.UnwatchProjectView.as_view(), name="gns3-project-unwatch"),
    path(f"{PROJECT}export/", projects.ExportProjectView.as_view(), name="gns3-project-export"),
    path(f"{PROJECT}nodes/", nodes.NodesView.as_view(), name="gns3-nodes"),
    path(NODE, nodes.NodeView.as_view(), name="gns3-node"),
    *(path(f"{NODE}{word}/", view.as_view(), name=f"gns3-node-{word}") for word, view in nodes.NODE_ACTIONS.items()),
    path(f"{NODE}console/", consoles.ConsoleView.as_view(), name="gns3-console"),
    path(f"{PROJECT}links/", links.LinksView.as_view(), name="gns3-links"),
    path(LINK, links.LinkView.as_view(), name="gns3-link"),
    path(f"{LINK}suspend/", links.SuspendLinkView.as_view(), name="gns3-link-suspend"),
    path(f"{LINK}resume/", links.ResumeLinkView.as_view(), name="gns3-link-resume"),
    path(f"{LINK}filters/", links.FiltersView.as_view(), name="gns3-link-filters"),
    path(f"{LINK}capture/start/", captures.StartCaptureView.as_view(), name="gns3-capture-start"),
    path(f"{LINK}capture/stop/", captures.StopCaptureView.as_view(), name="gns3-capture-stop"),
    path(f"{LINK}capture/stream/", captures.CaptureStreamView.as_view(), name="gns3-capture-stream"),
    path("captures/", captures.CapturesView.as_view(), name="gns3-captures"),
    path(f"{PROJECT}snapshots/", snapshots.SnapshotsView.as_view(), name="gns3-snapshots"),
    path(SNAPSHOT, snapshots.SnapshotView.as_view(), name="gns3-snapshot"),
    path(f"{SNAPSHOT}restore/", snapshots.RestoreSnapshotView.as_view(), name="gns3-snapshot-restore"),
    path("templates/", templates.TemplatesView.as_view(), name="gns3-templates"),
    path("event_statistics/", statistics.EventStatisticsView.as_view(), name="gns3-event-statistics"),
    path("modules/", modules.ModuleInterfacesView.as_view(), name="gns3-modules"),
    re_path(rf"^modules/{NAME}/subscriptions/$", modules.SubscriptionsView.as_view(), name="gns3-subscriptions"),
    re_path(
        rf"^modules/{NAME}/subscriptions/{SUBSCRIPTION}/$", modules.SubscriptionView.as_view(), name="gns3-subscription"
    ),
]
