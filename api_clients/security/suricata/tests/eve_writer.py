"""Writes an EVE log as Suricata does, in a process of its own, and rotates it as logrotate does.

    python eve_writer.py FOLDER rename|copytruncate|compress RECORDS

Records are numbered by their flow_id. They are written in pieces that end in the middle of a line, and after a rename
some go to the renamed file still, until the log is opened anew.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import sys
import time
from pathlib import Path

EACH = 400  # records between two rotations
STILL = 30  # records that go to a renamed file


def record(number: int) -> bytes:
    kind = "alert" if number % 10 == 0 else "flow"
    document = {
        "timestamp": f"2026-11-20T18:{number // 60 % 60:02d}:{number % 60:02d}.000000+0000",
        "flow_id": number,
        "event_type": kind,
        "src_ip": "203.0.113.9",
        "dest_ip": "192.0.2.10",
    }
    return json.dumps(document).encode() + b"\n"


class Log:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "eve.json"
        self.open()

    def open(self) -> None:
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def reopen(self) -> None:
        os.close(self._file)
        self.open()

    def write(self, data: bytes, chance: random.Random) -> None:
        cut = chance.randrange(len(data))
        os.write(self._file, data[:cut])
        if chance.random() < 0.02:
            time.sleep(0.001)
        os.write(self._file, data[cut:])


def shift(path: Path) -> Path:
    """Make room for eve.json.1 and return it."""
    numbers = sorted((int(file.name.split(".")[2]) for file in path.parent.glob("eve.json.*")), reverse=True)
    for number in numbers:
        for file in path.parent.glob(f"eve.json.{number}*"):
            if file.name.split(".")[2] == str(number):
                file.rename(file.with_name(file.name.replace(f".{number}", f".{number + 1}")))
    return path.with_name("eve.json.1")


def compress(path: Path) -> None:
    status = path.stat()
    beside = path.with_name("being-compressed")
    with path.open("rb") as plain, gzip.open(beside, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    os.utime(beside, ns=(status.st_atime_ns, status.st_mtime_ns))
    beside.rename(path.with_name(path.name + ".gz"))
    path.unlink()


def main(folder: Path, mode: str, records: int) -> None:
    chance = random.Random(7)
    log = Log(folder)
    still = 0
    for number in range(records):
        log.write(record(number), chance)
        if still:
            still -= 1
            if not still:
                log.reopen()
                if mode == "compress":
                    compress(folder / "eve.json.1")
        elif number % EACH == EACH - 1 and mode == "copytruncate":
            shutil.copyfile(log.path, shift(log.path))
            os.truncate(log.path, 0)
        elif number % EACH == EACH - 1:
            log.path.rename(shift(log.path))
            still = STILL


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
