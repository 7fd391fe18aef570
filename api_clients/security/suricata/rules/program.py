"""Has Suricata itself look at a ruleset, in a process of its own (`suricata -T`), before anything is written."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from api_clients.security.suricata.protocol import Refused

MAX_WORDS = 600


def check(content: bytes, program: str, configuration: Path, seconds: float) -> bool:
    """Return True where the program took the rules, False where it is not there to ask. Raises Refused with its words,
    or subprocess.TimeoutExpired.
    """
    found = shutil.which(program)
    if found is None:
        return False
    with tempfile.TemporaryDirectory(prefix="rules") as folder:
        file = Path(folder) / "uploaded.rules"
        file.write_bytes(content)
        ended = subprocess.run(  # noqa: S603 # the program is the configuration's; nothing of the upload is a word of it
            [found, "-T", "--init-errors-fatal", "-c", str(configuration), "-S", str(file), "-l", folder],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    if ended.returncode != 0:
        raise Refused(f"Suricata does not take these rules: {_said(ended.stderr + ended.stdout, file)}")
    return True


def _said(output: str, file: Path) -> str:
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    return "; ".join(lines or [output.strip() or "no reason given"]).replace(str(file), "line")[:MAX_WORDS]
