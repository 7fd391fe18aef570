"""Make the database ready: migrations, then what modules prepare (accounts: the roles and the first admin)."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from common.application.services import registered_preparations


def prepare_database() -> bool:
    """Apply the migrations that are missing; return whether there were any."""
    if is_prepared():
        return False
    with _one_process_at_a_time():
        if is_prepared():  # by the one that was waited for
            return False
        call_command("migrate", interactive=False, verbosity=0)
        return True


def need_database() -> None:
    """Make the embedded database usable on first use; a shared one is migrated by its deployment, not by a command."""
    try:
        if connections[DEFAULT_DB_ALIAS].vendor == "sqlite":
            prepare_database()
        elif not is_prepared():
            raise CommandError("The database is not up to date; run first: manage.py migrate")
    except OperationalError as error:
        raise CommandError(f"The database cannot be used: {' '.join(str(error).split())}") from error


def is_prepared() -> bool:
    """Return whether the database has every migration."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


@contextmanager
def _one_process_at_a_time() -> Iterator[None]:
    """Two that migrate one fresh SQLite file would each make its tables, and one of them fail.

    PostgreSQL is migrated by its deployment, once, and may have no folder here.
    """
    if connections[DEFAULT_DB_ALIAS].vendor != "sqlite":
        yield
        return
    with (settings.DATA_DIR / "migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def run_preparations() -> list[str]:
    """What the operator should read about each, in the order of registration."""
    return [note for preparation in registered_preparations() if (note := preparation.prepare())]
