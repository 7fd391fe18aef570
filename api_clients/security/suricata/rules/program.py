"""Has Suricata itself look at a ruleset, in a process of its own (`suricata -T`), before anything is written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from api_clients.infrastructure.program import TooMuchOutput, run_program
from api_clients.security.suricata.protocol import Refused

MAX_WORDS = 600


def check(content: bytes, program: str, configuration: Path, seconds: float, max_bytes: int) -> bool:
    """Return True where the program took the rules, False where it is not there to ask. Raises Refused with its words,
    or subprocess.TimeoutExpired.
    """
    found = shutil.which(program)
    if found is None:
        return False
    with tempfile.TemporaryDirectory(prefix="rules") as folder:
        file = Path(folder) / "uploaded.rules"
        file.write_bytes(content)
        words = [found, "-T", "--init-errors-fatal", "-c", str(configuration), "-S", str(file), "-l", folder]
        try:
            ended = run_program(words, seconds=seconds, max_bytes=max_bytes)
        except TooMuchOutput as error:
            raise Refused(f"{program} -T printed {error}, so nobody knows whether it takes these rules") from None
    if ended.code != 0:
        said = (ended.stderr + ended.stdout).decode("utf-8", "replace")
        raise Refused(f"Suricata does not take these rules: {_said(said, file)}")
    return True


def _said(output: str, file: Path) -> str:
    lines = [line.strip() for line in output.splitlines() if "error" in line.lower()]
    return "; ".join(lines or [output.strip() or "no reason given"]).replace(str(file), "line")[:MAX_WORDS]
