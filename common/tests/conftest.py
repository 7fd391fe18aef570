"""Fixtures of the hub's tests: real servers and modules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.tests.modules.module_samples import ECHO, registered
from common.tests.modules.sample_module import sample  # noqa: F401 - a fixture
from common.tests.people import (  # noqa: F401 - fixtures
    admin,
    client_of,
    make_user,
    operator,
    token_for,
    viewer,
    viewer_token,
)
from common.tests.servers import live_hub, postgresql  # noqa: F401 - fixtures


@pytest.fixture
def echo_module() -> Iterator[str]:
    """The name of a local module that says things again."""
    with registered(ECHO) as name:
        yield name
