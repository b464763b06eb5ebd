"""Espeak: phonemes of many languages from espeak-ng, which runs in a process of its own and only where it is installed.

espeak-ng is GPL-3.0-or-later, so it is an extra that nobody gets unasked (`make espeak`), and none of it is loaded into
the server: texts go to `espeak_child.py` over a pipe, and phonemes come back (docs/adr/0006-espeak-ng-in-a-process.md).
"""

import importlib.util
import json
import re
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from server.errors import InternalError, ModelUnavailableError
from server.text.characters import readable_characters

LICENCE: Final = "GPL-3.0-or-later"
TIMEOUT_S: Final = 5.0
"""For one clause, which takes a fifth of a millisecond, or the start of the program, which takes 0.1 s."""

_CHILD: Final = (sys.executable, "-I", str(Path(__file__).with_name("espeak_child.py")))
_VOICE = re.compile(r"[a-z0-9-]+(\+[a-z0-9-]+)?", re.IGNORECASE)
_SIGNS: Final = {
    **dict.fromkeys(",،", ","),
    **dict.fromkeys(".…۔", "."),
    **dict.fromkeys(";؛–—", ";"),
    **dict.fromkeys("?؟", "?"),
    "!": "!",
    ":": ":",
}
"""What piper's voices have heard for a sign that ends a clause."""
_ENDS = re.compile(rf"(?P<sign>[{''.join(_SIGNS)}])\W*\Z")
_ENDS_AHEAD = re.compile(rf"(?P<sign>[{''.join(_SIGNS)}])\W*\w?\W*\Z")
_FOREIGN = re.compile(r"\([a-z0-9-]+\)", re.IGNORECASE)
"""`(en)`: how espeak-ng marks words that it reads as those of another language."""
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_SIGN = re.compile(r"\s+(?=[,.!?:;])")


def is_installed() -> bool:
    """Whether the package that brings espeak-ng is here."""
    return importlib.util.find_spec("espeakng_loader") is not None


class Espeak:
    """The program, started when it is first asked and again whenever it has died. Safe to call from several threads."""

    def __init__(self, command: Sequence[str] = _CHILD, timeout_s: float = TIMEOUT_S) -> None:
        """`command` starts the program; an answer that takes longer than `timeout_s` seconds is given up."""
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def phonemes(self, text: str, voice: str) -> str:
        """The reading of a clause in IPA, decomposed (NFD) as piper's voices know it; empty where nothing can be said.

        Args:
            text: a clause.
            voice: espeak-ng's name for a language and accent, for example `de` or `pt-br`.

        Raises:
            InternalError: when espeak-ng died or was too slow, twice.
            ModelUnavailableError: when it has no such voice.
        """
        answer = self._ask(voice, readable_characters(text))
        if "error" in answer:
            raise ModelUnavailableError(f"espeak-ng has no voice {voice}; remove the voice that asks for it.")
        return _joined([(str(read), str(phonemes)) for read, phonemes in answer["clauses"]])

    def has_voice(self, voice: str) -> bool:
        """Whether it knows the language.

        Raises:
            InternalError: as `phonemes`.
        """
        return _VOICE.fullmatch(voice) is not None and "error" not in self._ask(voice, "")

    def close(self) -> None:
        """End the program; it would start again. It ends by itself, too, when this process does."""
        with self._lock:
            self._stop()

    def _ask(self, voice: str, text: str) -> dict[str, Any]:
        line = json.dumps({"voice": voice, "text": text}).encode() + b"\n"
        with self._lock:
            # Twice, since the first may only find that the program has died meanwhile.
            for _ in range(2):
                try:
                    answer: dict[str, Any] = json.loads(self._exchange(line))
                except (OSError, ValueError):
                    self._stop()
                else:
                    return answer
        raise InternalError("The phonemes of this text could not be made; try again.")

    def _exchange(self, line: bytes) -> bytes:
        """Send a line and wait for the answer; empty, or an OSError, when the program ends instead."""
        if self._process is None:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        # What kills a program that hangs also ends the wait for its answer.
        watchdog = threading.Timer(self._timeout_s, process.kill)
        watchdog.start()
        try:
            process.stdin.write(line)
            process.stdin.flush()
            return process.stdout.readline()
        finally:
            watchdog.cancel()

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue  # it still held a line that nobody will read
        process.wait()


def _joined(clauses: Iterable[tuple[str, str]]) -> str:
    """The phonemes of all clauses with the sign that each ended with, as piper's voices heard them."""
    pieces = list(clauses)
    written = []
    for number, (read, phonemes) in enumerate(pieces, 1):
        # Of all but the last, the first letter of the next has been read, too.
        end = (_ENDS if number == len(pieces) else _ENDS_AHEAD).search(read)
        spoken = _FOREIGN.sub("", phonemes).strip()
        if spoken:
            written.append(spoken + (_SIGNS[end["sign"]] if end else ""))
    together = _SPACE_BEFORE_SIGN.sub("", _SPACES.sub(" ", " ".join(written)))
    return unicodedata.normalize("NFD", together)
