"""Benchmarks against peers: each module has `run() -> list[Row]`; `python -m bench` runs them and prints a table."""
