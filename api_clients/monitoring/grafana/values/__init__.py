"""What Grafana tells, as frozen values."""

from api_clients.monitoring.grafana.values.access import (
    NewToken,
    Organisation,
    ServiceAccount,
    Statistics,
    Token,
    User,
)
from api_clients.monitoring.grafana.values.alerting import (
    AlertInstance,
    AlertRule,
    ContactPoint,
    ContactPointSettings,
    NotifiedAlert,
    RuleState,
    Silence,
)
from api_clients.monitoring.grafana.values.content import (
    Annotation,
    Column,
    Dashboard,
    DashboardVersion,
    Datasource,
    DatasourceHealth,
    Folder,
    Frame,
    QueryResult,
    SavedDashboard,
    SearchHit,
)

__all__ = [
    "AlertInstance",
    "AlertRule",
    "Annotation",
    "Column",
    "ContactPoint",
    "ContactPointSettings",
    "Dashboard",
    "DashboardVersion",
    "Datasource",
    "DatasourceHealth",
    "Folder",
    "Frame",
    "NewToken",
    "NotifiedAlert",
    "Organisation",
    "QueryResult",
    "RuleState",
    "SavedDashboard",
    "SearchHit",
    "ServiceAccount",
    "Silence",
    "Statistics",
    "Token",
    "User",
]
