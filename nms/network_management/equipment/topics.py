"""The events of GNS3 that devices follow; following.py says how. Apart, because every command registers the module."""

from __future__ import annotations

TOPICS = ("node.started", "node.stopped", "node.suspended", "node.deleted", "project.deleted")
