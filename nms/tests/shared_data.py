"""Recordings and official schemas that tests read from a folder beside the checkout, never copied into it."""

import os
from pathlib import Path

import pytest

from nms.environment import BASE_DIR


def shared(path: str) -> Path:
    """Return `path` in the shared folder (NMS_TEST_SHARED, else ../shared); skips the test where it is absent.

    With NMS_TEST_REQUIRE_SERVICES=1 an absent one is a failure.
    """
    found = Path(os.environ.get("NMS_TEST_SHARED", BASE_DIR.parent / "shared")) / path
    if found.exists():
        return found
    reason = f"{found} is absent; NMS_TEST_SHARED names the folder with the shared recordings"
    if os.environ.get("NMS_TEST_REQUIRE_SERVICES") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)
