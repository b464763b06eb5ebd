"""A program that is started as our child, and never outlives us."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from server.stores import leash

STOP_TIMEOUT_S = 5.0
"""What a child gets to end by itself before it is killed."""


def start_child(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
    output: int | IO[bytes] | None = None,
    niceness: int = 0,
) -> subprocess.Popen[bytes]:
    """Start a command on a leash; call it from a thread that lives as long as the process, such as the main one.

    Args:
        command: the program's absolute path, and its arguments.
        environment: all of it; None is ours.
        keep_open: descriptors that the child has, too.
        output: where its output and errors go; None is where ours go.
        niceness: how much later than us it is served; see nice(2).
    """
    leashed = [sys.executable, "-I", "-S", str(Path(leash.__file__)), str(os.getpid()), str(niceness), *command]
    return subprocess.Popen(
        leashed,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=keep_open,
    )


def stop_child(child: subprocess.Popen[bytes], timeout_s: float = STOP_TIMEOUT_S) -> None:
    """Ask a child to end, make it end if it does not, and wait until it has."""
    child.terminate()
    try:
        child.wait(timeout_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
