"""Debian's VPCS 0.5b2 as a GNS3 server wants it: one that says it is 0.6.1, stays in the foreground and ends with us.

VPCS with a TCP console makes itself a daemon and ignores SIGTERM. Here it becomes our child again (a subreaper adopts
the orphans among its descendants, prctl(2)), so that we wait for it and take it with us; and we end with the server.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
NEWER_OPTIONS = ("-F", "-R")  # stay in the foreground, no relay


def main(arguments: list[str], program: str) -> None:
    if arguments == ["-v"]:
        print("Welcome to Virtual PC Simulator, version 0.6.1")
        return
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    command = [program, *(argument for argument in arguments if argument not in NEWER_OPTIONS)]
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    try:  # from here on, for it may be up, and we be told to end, before we hear that it was started
        os.posix_spawn(program, command, os.environ, file_actions=[nothing])
        while True:
            os.wait()  # the one that started the daemon, then the daemon and its worker
    except ChildProcessError:
        return
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _kill_descendants()


def _kill_descendants() -> None:
    """Each death makes the children of the dead one ours, so this goes on until there are none."""
    try:
        while True:
            for process in _children():
                os.kill(process, signal.SIGKILL)
            os.wait()
    except ChildProcessError:
        return


def _children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as listed:  # noqa: PTH123 # pathlib is slow to import
        return [int(process) for process in listed.read().split()]
