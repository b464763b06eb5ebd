"""Tells the person at the terminal what is happening: a bar that moves on a terminal, plain lines elsewhere."""

import shutil
import time
from collections.abc import Callable
from threading import Lock
from typing import Final, Protocol, TextIO

_BAR_CELLS: Final = 24
_REDRAW_S: Final = 0.1
_QUIET_S: Final = 10.0


class Progress(Protocol):
    """What the export reports to. Safe to call from several threads."""

    def line(self, text: str) -> None:
        """Say something that stays on the screen."""

    def begin(self, text: str, total: int, unit: str) -> None:
        """Start a stretch of work of `total` units (`MB` counts bytes)."""

    def update(self, done: int, text: str | None = None) -> None:
        """How much of the stretch is done by now, and what is happening if that changed."""

    def end(self) -> None:
        """The stretch is over."""


class LineProgress:
    """For logs and pipes: a line whenever what is happening changes, and a count now and then while it does not."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = Lock()
        self._text, self._total, self._unit = "", 0, ""
        self._spoke_s = float("-inf")

    def line(self, text: str) -> None:
        """Say something that stays on the screen."""
        with self._lock:
            self._say(text)

    def begin(self, text: str, total: int, unit: str) -> None:
        """Start a stretch of work."""
        with self._lock:
            self._text, self._total, self._unit = text, total, unit
            self._say(text)

    def update(self, done: int, text: str | None = None) -> None:
        """Say what is happening if that changed, or how far it is if nothing was said for ten seconds."""
        with self._lock:
            if text is not None and text != self._text:
                self._text = text
                self._say(text)
            elif self._clock() - self._spoke_s >= _QUIET_S:
                self._say(f"{self._text}: {_count(done, self._total, self._unit)}")

    def end(self) -> None:
        """Nothing to tidy up."""

    def _say(self, text: str) -> None:
        self._spoke_s = self._clock()
        print(text, file=self._stream, flush=True)


class BarProgress:
    """For a terminal: one line redrawn in place."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
        columns: Callable[[], int] = lambda: shutil.get_terminal_size().columns,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._columns = columns
        self._lock = Lock()
        self._text, self._done, self._total, self._unit = "", 0, 0, ""
        self._drawn_s = float("-inf")

    def line(self, text: str) -> None:
        """Say something that stays on the screen, above the bar."""
        with self._lock:
            self._stream.write(f"\r\x1b[K{text}\n")
            self._draw()

    def begin(self, text: str, total: int, unit: str) -> None:
        """Start a stretch of work with an empty bar."""
        with self._lock:
            self._text, self._done, self._total, self._unit = text, 0, total, unit
            self._draw()

    def update(self, done: int, text: str | None = None) -> None:
        """Move the bar; redrawn at most ten times a second unless the text changed."""
        with self._lock:
            changed = text is not None and text != self._text
            self._done = min(done, self._total)
            self._text = text if text is not None else self._text
            if changed or self._clock() - self._drawn_s >= _REDRAW_S:
                self._draw()

    def end(self) -> None:
        """Take the bar off the screen."""
        with self._lock:
            self._total = 0
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self) -> None:
        self._drawn_s = self._clock()
        if self._total > 0:
            filled = _BAR_CELLS * self._done // self._total
            bar = "█" * filled + "░" * (_BAR_CELLS - filled)
            count = _count(self._done, self._total, self._unit)
            # One column stays free: a full last column makes some terminals wrap.
            self._stream.write("\r\x1b[K" + f"{bar} {count}  {self._text}"[: self._columns() - 1])
        self._stream.flush()


def progress_for(stream: TextIO) -> Progress:
    """A bar where a person watches a terminal, plain lines where a file or a pipe takes the words."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)


def _count(done: int, total: int, unit: str) -> str:
    return f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if unit == "MB" else f"{done} of {total} {unit}"
