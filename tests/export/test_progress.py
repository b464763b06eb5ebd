"""People at a terminal see a bar; logs get lines that stand alone."""

import io

from export.progress import BarProgress, LineProgress, progress_for


class Clock:
    """Time that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_pipe_gets_lines_and_a_terminal_a_bar() -> None:
    assert isinstance(progress_for(io.StringIO()), LineProgress)
    assert isinstance(progress_for(Terminal()), BarProgress)


def test_lines_say_what_changed_and_hold_no_control_characters() -> None:
    stream = io.StringIO()
    progress = LineProgress(stream, Clock())
    progress.begin("Fetching 2 packages", 20_000_000, "MB")
    for done in range(0, 20_000_000, 1_000_000):
        progress.update(done, "Fetching one" if done < 10_000_000 else "Fetching two")
    progress.end()
    assert stream.getvalue() == "Fetching 2 packages\nFetching one\nFetching two\n"


def test_a_long_silence_is_broken_with_the_count() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = LineProgress(stream, clock)
    progress.begin("Fetching", 20_000_000, "MB")
    clock.now_s = 10.0
    progress.update(5_000_000)
    progress.update(6_000_000)
    assert stream.getvalue() == "Fetching\nFetching: 5.0 of 20.0 MB\n"


def test_the_bar_fills_and_keeps_within_its_line() -> None:
    stream, clock = Terminal(), Clock()
    progress = BarProgress(stream, clock, columns=lambda: 40)
    progress.begin("Putting a rather long-winded thing together", 4, "steps")
    clock.now_s = 1.0
    progress.update(2)
    frames = stream.getvalue().split("\r\x1b[K")
    assert frames[-1].startswith("████████████░░░░░░░░░░░░ 2 of 4 steps")
    assert all(len(frame) < 40 for frame in frames)


def test_the_bar_is_redrawn_seldom_unless_its_words_change() -> None:
    stream, clock = Terminal(), Clock()
    progress = BarProgress(stream, clock, columns=lambda: 80)
    progress.begin("Working", 100, "steps")
    for done in range(50):
        progress.update(done, "Working")
    assert stream.getvalue().count("\r") == 1
    progress.update(50, "Still working")
    assert stream.getvalue().count("\r") == 2


def test_a_line_stands_above_the_bar_and_the_end_takes_the_bar_away() -> None:
    stream = Terminal()
    progress = BarProgress(stream, Clock(), columns=lambda: 80)
    progress.begin("Working", 2, "steps")
    progress.line("Made one.")
    progress.end()
    assert "\r\x1b[KMade one.\n" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
