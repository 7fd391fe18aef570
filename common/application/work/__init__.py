"""Durable work in workers: turns, the sweep, recorded tasks."""
