"""The door to a running lab: a Unix socket in the data folder, one line of command in, one line of JSON out.

The socket carries the lab's port in its name, so several labs can run; whoever may write to the folder may use it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from pathlib import Path

from nms.network_management.lab.commands import run_command
from nms.network_management.lab.serving import Lab, LabError

_TIMEOUT_SECONDS = 5.0
_LONGEST_LINE = 4096
_ANSWER_BYTES = 65536


class ControlUnavailable(OSError):
    """The control socket cannot be opened, or no lab listens on one; the message says which."""


def socket_path(folder: Path, port: int) -> Path:
    return folder / f"lab-{port}.sock"


class ControlServer:
    """Listens from construction until stop()."""

    def __init__(self, lab: Lab, path: Path) -> None:
        self.path = path
        self._lab = lab
        if _listens(path):  # it has this port at other addresses
            raise ControlUnavailable(f"Cannot open the control socket {path}: another lab listens there")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)  # of a lab that was killed
            self._listener.bind(str(path))
            path.chmod(0o600)
            self._listener.listen()
        except OSError as error:
            self._listener.close()
            raise ControlUnavailable(f"Cannot open the control socket {path}: {error}") from error
        threading.Thread(target=self._serve, name="lab-control", daemon=True).start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() alone does not on Linux
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # stop() closed it
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(_TIMEOUT_SECONDS)
                line = connection.makefile("r").readline(_LONGEST_LINE)
                connection.sendall(json.dumps(self._answer(line.split())).encode() + b"\n")

    def _answer(self, words: list[str]) -> dict[str, object]:
        try:
            return {"ok": True, "message": run_command(self._lab, words)}
        except LabError as error:
            return {"ok": False, "message": str(error)}


def find_socket(folder: Path) -> Path:
    """The socket of the one lab that runs. Raises ControlUnavailable where there is none, or more than one."""
    alive = [path for path in sorted(folder.glob("lab-*.sock")) if _listens(path)]
    if not alive:
        raise ControlUnavailable(f"No lab runs with its control socket in {folder}; start one: manage.py lab")
    if len(alive) > 1:
        names = ", ".join(path.stem.removeprefix("lab-") for path in alive)
        raise ControlUnavailable(f"Several labs run; name one by its port with --port: {names}")
    return alive[0]


def send_command(path: Path, words: list[str]) -> str:
    """Have a running lab carry out a command; what it did. Raises LabError where it refuses, ControlUnavailable."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(" ".join(words).encode() + b"\n")
            answer = json.loads(connection.makefile("r").readline(_ANSWER_BYTES))
        except (OSError, ValueError) as error:
            raise ControlUnavailable(f"The lab at {path} does not answer: {error}") from error
    if not answer["ok"]:
        raise LabError(answer["message"])
    return str(answer["message"])


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_SECONDS)
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True
