"""Make the database ready: migrations, then what modules prepare (accounts: the roles and the first admin)."""

from __future__ import annotations

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from common.application.services import registered_preparations


def prepare_database() -> bool:
    """Apply the migrations that are missing; return whether there were any."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def run_preparations() -> list[str]:
    """What the operator should read about each, in the order of registration."""
    return [note for preparation in registered_preparations() if (note := preparation.prepare())]
