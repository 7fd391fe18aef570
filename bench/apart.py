"""Run one benchmark in a process of its own and bring its rows back."""

from __future__ import annotations

import importlib
import multiprocessing
import traceback
from multiprocessing.connection import Connection

from bench.table import Row


def run_apart(name: str) -> list[Row] | None:
    """Return the rows of bench/NAME.py: none for a module that measures nothing, None where it failed and said why."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(name, sending))
    process.start()
    sending.close()
    try:
        rows: list[Row] | None = receiving.recv()
    except EOFError:  # it ended without a word
        rows = None
    process.join()
    return rows


def _run(name: str, sending: Connection) -> None:
    try:
        module = importlib.import_module(f"bench.{name}")
        sending.send(module.run() if hasattr(module, "run") else [])
    except Exception:
        traceback.print_exc()
        sending.send(None)
