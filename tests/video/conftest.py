"""What the tests of videos share."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from threading import get_native_id

import av
import pytest

from server.video.reader import VideoReader


@pytest.fixture(autouse=True)
def _quiet_libav() -> None:
    av.logging.set_level(None)


@pytest.fixture
def stopped() -> Callable[[VideoReader], None]:
    """Stops a reader's child, so that it is alive and says nothing."""

    def stop(video: VideoReader) -> None:
        os.kill(video.process_id, signal.SIGSTOP)

    return stop


@pytest.fixture
def children() -> Callable[[], list[int]]:
    """The ids of this thread's living children."""

    def listed() -> list[int]:
        return [
            int(number)
            for number in Path("/proc/self/task").joinpath(str(get_native_id()), "children").read_text("ascii").split()
        ]

    return listed
