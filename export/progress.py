"""Tells the person at the terminal what is happening: a bar that moves on a terminal, plain lines elsewhere."""

import shutil
import time
from collections.abc import Callable
from threading import Lock
from typing import Final, Protocol, TextIO

_BAR_CELLS: Final = 24
_REDRAW_S: Final = 0.1


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
    """For logs and pipes: a line where a stretch begins and whenever what is happening changes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self._last = ""

    def line(self, text: str) -> None:
        """Say something that stays on the screen."""
        with self._lock:
            self._last = text
            print(text, file=self._stream, flush=True)

    def begin(self, text: str, total: int, unit: str) -> None:
        """Start a stretch of work."""
        self.line(f"{text} ({_amount(total, unit)})")

    def update(self, done: int, text: str | None = None) -> None:
        """Say what is happening if that changed."""
        if text is not None and text != self._last:
            self.line(text)

    def end(self) -> None:
        """Nothing to tidy up."""


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
            count = f"{_number(self._done, self._unit)}/{_amount(self._total, self._unit)}"
            # One column stays free: a full last column makes some terminals wrap.
            self._stream.write("\r\x1b[K" + f"{bar} {count}  {self._text}"[: self._columns() - 1])
        self._stream.flush()


def progress_for(stream: TextIO) -> Progress:
    """A bar where a person watches a terminal, plain lines where a file or a pipe takes the words."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)


def _number(count: int, unit: str) -> str:
    return f"{count / 1e6:.1f}" if unit == "MB" else str(count)


def _amount(count: int, unit: str) -> str:
    return f"{_number(count, unit)} {unit}"
