"""Tells the hub of the lab. Light on purpose: every command imports it, few start the lab."""

from __future__ import annotations

from django.conf import settings

from common.application.services import RunningService, register_service


def register_lab() -> None:
    """For AppConfig.ready(): the hub raises the lab where NMS_LAB asks for it."""
    register_service("lab", _start)


def _start() -> RunningService | None:
    if not settings.NMS_LAB:
        return None
    from nms.network_management.lab.service import LabService

    return LabService()
