from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.tests.workflows.made_up import Recorder, made_up_module


@pytest.fixture
def did() -> Iterator[Recorder]:
    with made_up_module() as recorder:
        yield recorder
