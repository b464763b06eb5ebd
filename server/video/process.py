"""The parent's side of the child: starts it, reads its messages without ever waiting for long, tells how it died."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from server.errors import DecoderCrashedError, DecoderTimeError, VideoUnreadableError
from server.video import wire
from server.video.limits import VideoLimits

_ROOT: Final = Path(__file__).resolve().parents[2]
_KEPT_VARIABLES: Final = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
"""Of our environment, what Python may need to start; the rest is none of the child's business."""
_LOOK_S: Final = 0.1
"""How often a wait looks whether it was cancelled."""
_REAP_S: Final = 10.0
_ATOMIC_BYTES: Final = 4096
"""What a pipe takes without blocking when it says that it takes anything (PIPE_BUF on Linux; POSIX promises 512)."""


class VideoClosedError(Exception):
    """The reader was closed, or its caller cancelled, while somebody waited for it. Never sent to a listener."""


class VideoChild:
    """One child that does one thing and ends. `send` and `receive` belong to one thread, `close` to any."""

    def __init__(self, request: dict[str, Any], limits: VideoLimits, cancelled: Callable[[], bool]) -> None:
        self._limits = limits
        self._cancelled = cancelled
        self._reading = threading.Lock()
        self._is_closed = False
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "server.video.child"],
            cwd=_ROOT,
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Ctrl-C in a terminal is the server's to handle. No session of its own: where the kernel groups processes
            # by session (sched(7), autogroup), its niceness would count for nothing beside the server's threads.
            process_group=0,
            bufsize=0,
        )
        self._release = weakref.finalize(self, _end, self._process)
        self.send(json.dumps({**request, "limits": limits.as_dict()}).encode() + b"\n")

    @property
    def process_id(self) -> int:
        """Of the child."""
        return self._process.pid

    def receive(self) -> tuple[int, bytes]:
        """The kind and the content of the next message.

        Raises:
            VideoUnreadableError: of the kind that the child names, or that its death suggests.
            VideoClosedError: when it was closed or cancelled.
        """
        with self._reading:
            try:
                length, kind = wire.head(self._exactly(wire.HEAD.size))
                content = self._exactly(length)
                if kind == wire.ERROR:
                    raise _named(*wire.error(content))
            except wire.WireError:
                self._process.kill()
                raise DecoderCrashedError("The video could not be decoded; save it anew.") from None
        return kind, content

    def close(self) -> None:
        """End the child, from any thread, as often as one likes; who waits for it gets `VideoClosedError`."""
        self._is_closed = True
        self._process.kill()
        # Who reads sees the end of the pipe at once; only then may its number be given to another file.
        with self._reading:
            self._release()

    def send(self, data: bytes) -> bool:
        """Write to the child's stdin, waiting `silence_s` at most wherever it does not read.

        False where it reads no more: it has died, or refused what it was to do; `receive` tells.

        Raises:
            DecoderTimeError: when it does not read.
            VideoClosedError: when it was closed or cancelled.
        """
        assert self._process.stdin is not None
        left = memoryview(data)
        while left:
            self._check_wanted()
            self._wait_for(self._process.stdin.fileno(), select.POLLOUT)
            try:
                left = left[os.write(self._process.stdin.fileno(), left[:_ATOMIC_BYTES]) :]
            except BrokenPipeError:
                return False
        return True

    def send_end(self) -> None:
        """Nothing more will be sent."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def _exactly(self, n_bytes: int) -> bytes:
        """So many bytes of the child's, waiting `silence_s` at most for each piece."""
        data = bytearray()
        while len(data) < n_bytes:
            self._check_wanted()
            assert self._process.stdout is not None
            self._wait_for(self._process.stdout.fileno(), select.POLLIN)
            piece = os.read(self._process.stdout.fileno(), n_bytes - len(data))
            if not piece:
                raise self._how_it_ended()
            data += piece
        return bytes(data)

    def _wait_for(self, descriptor: int, what: int) -> None:
        poll = select.poll()
        poll.register(descriptor, what)
        give_up_s = time.monotonic() + self._limits.silence_s
        while not poll.poll(_LOOK_S * 1000):
            self._check_wanted()
            if time.monotonic() > give_up_s:
                self._process.kill()
                raise DecoderTimeError("Decoding the video takes too long; send a shorter or smaller one.")

    def _check_wanted(self) -> None:
        if self._is_closed or self._cancelled():
            raise VideoClosedError

    def _how_it_ended(self) -> Exception:
        if self._is_closed:
            return VideoClosedError()
        try:
            status = self._process.wait(_REAP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = 0
        if status == -signal.SIGXCPU:
            return DecoderTimeError("Decoding the video takes too long; send a shorter or smaller one.")
        return DecoderCrashedError("The video could not be decoded; save it anew.")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_REAP_S)


def _named(code: str, sentence: str) -> VideoUnreadableError:
    for kind in VideoUnreadableError.__subclasses__():
        if kind.code == code:
            return kind(sentence)
    raise wire.WireError
