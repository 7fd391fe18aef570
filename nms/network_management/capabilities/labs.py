"""Labs as capabilities; see nms/network_management/labs/."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from common.domain.errors import HubError, TimedOut, Unavailable
from common.domain.modules import Call, CapabilityFailed
from nms.network_management.capabilities.lab_contracts import CompareInput, CompareOutput, ExportInput, ExportOutput
from nms.network_management.labs import comparing, export


def export_lab(asked: ExportInput, call: Call) -> ExportOutput:
    with _told():
        return export.export_lab(asked, call)


def compare_lab(asked: CompareInput, call: Call) -> CompareOutput:
    with _told():
        return comparing.compare_lab(asked)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except HubError as error:
        retryable = isinstance(error, Unavailable | TimedOut)
        raise CapabilityFailed(str(error), code=error.code, retryable=retryable) from error
