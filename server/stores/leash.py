"""Runs a command that dies with its parent, however that ends: `python -I -S leash.py PARENT_PID NICENESS COMMAND...`.

On Linux the kernel does it (prctl(2), PR_SET_PDEATHSIG, which outlives execve) and this process becomes the command.
Elsewhere this process stays, looks twice a second whether the parent lives, and ends the command when it does not.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 0.5


def main(arguments: list[str]) -> int:
    """Become the command, or watch over it and give its exit status."""
    parent, niceness, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    os.nice(niceness)
    # A process group of its own: Ctrl-C reaches the parent alone, which ends its children in order. No session of its
    # own: niceness counts only among the processes of one session where the kernel groups them (sched(7), autogroup).
    os.setpgid(0, 0)
    if os.uname().sysname == "Linux":
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            return 1
        if os.getppid() != parent:  # it died before the kernel knew
            return 1
        os.execv(command[0], command)
    return _watch(parent, command)


def _watch(parent: int, command: list[str]) -> int:
    # What is passed to this process, a lock perhaps, is the command's.
    child = subprocess.Popen(command, close_fds=False)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(_LOOK_EVERY_S)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
