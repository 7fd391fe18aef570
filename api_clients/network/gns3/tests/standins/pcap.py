"""Capture files as libpcap writes them, of Ethernet frames."""

from __future__ import annotations

import struct
import time

MAGIC, SNAPLEN, ETHERNET = 0xA1B2C3D4, 65535, 1


class Capture:
    """Unbuffered: the server reads the file while it grows."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115, PTH123 # open as long as the capture; pathlib is slow to import
        self._file.write(struct.pack("<IHHiIII", MAGIC, 2, 4, 0, 0, SNAPLEN, ETHERNET))

    def record(self, frame: bytes) -> None:
        seconds, fraction = divmod(time.time(), 1)
        self._file.write(struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(frame), len(frame)) + frame)

    def close(self) -> None:
        self._file.close()
