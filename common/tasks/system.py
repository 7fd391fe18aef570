"""The hub's recorded tasks: those that beat sends, and that people may ask for."""

from __future__ import annotations

from common.application.system import hub_module as system
from common.application.work.recorded_tasks import recorded_task

orchestrate_system_monitoring = recorded_task(
    "common.orchestrate_system_monitoring", queue="normal", arguments=system.MonitoringArguments
)(system.orchestrate_monitoring)

collect_report_data = recorded_task("common.collect_report_data", queue="low", arguments=system.ReportArguments)(
    system.collect_report
)

cleanup = recorded_task("common.cleanup", queue="low", arguments=system.CleanupArguments, role="admin")(system.cleanup)
