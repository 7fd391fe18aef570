"""Where the official API descriptions and recorded answers of services lie: beside the checkout, or where
NMS_CONTRACTS says. They have licences of their own and are no part of the project.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CONTRACTS = Path(os.environ.get("NMS_CONTRACTS", Path(__file__).resolve().parents[3] / "shared" / "contracts"))


def contract_file(name: str) -> Path:
    """Return a file or folder below the contracts; skips the test, saying so, where it is not there."""
    path = CONTRACTS / name
    if not path.exists():
        pytest.skip(f"{name} is not in {CONTRACTS}; set NMS_CONTRACTS to the folder of official descriptions")
    return path
