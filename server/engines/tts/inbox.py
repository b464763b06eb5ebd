"""TextInbox: text on its way from who sends it to the thread that speaks it, and the clauses it makes."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from server.audio.chunk import Break
from server.engines.base import SpeechRequest
from server.errors import TextEmptyError
from server.text.clause import Clause
from server.text.clauses import ClauseSplitter

_PIECE_CHARACTERS: Final = 512
"""The splitter is given this much at once, so that the first clause of an hour does not wait for the hour."""


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    flush: bool
    end: bool


class TextInbox:
    """Filled by one thread and emptied by another at the same time: both only use what a deque does in one step."""

    def __init__(self, request: SpeechRequest) -> None:
        """Begin with the text of the request."""
        self._pieces: deque[_Piece] = deque()
        start = 0
        for place in request.flushes:
            self.put(request.text[start:place], flush=True)
            start = place
        self.put(request.text[start:], end=not request.is_open)

    def __len__(self) -> int:
        """Pieces that wait."""
        return len(self._pieces)

    def put(self, text: str, *, flush: bool = False, end: bool = False) -> None:
        """Add text. Small pieces that nobody has taken yet become one, so that many weigh no more than their text."""
        try:
            last = self._pieces.pop()
        except IndexError:  # there was none, or the other thread was quicker
            last = None
        if last is not None:
            if last.flush or last.end or len(last.text) >= _PIECE_CHARACTERS:
                self._pieces.append(last)
            else:
                text = last.text + text
        self._pieces.append(_Piece(text, flush, end))

    def clauses(self, splitter: ClauseSplitter, can_say: Callable[[str], bool]) -> Iterator[Clause | Break]:
        """Yield the clauses of all the text, a `Break` wherever a flush asks for one or no more can be said yet.

        `can_say` tells whether something of a text can be spoken.

        Raises:
            TextEmptyError: when the text has ended, and held nothing that can.
        """
        n_flushes = 0
        says_something = False
        while True:
            try:
                piece = self._pieces.popleft()
            except IndexError:
                yield Break()
                continue
            says_something = says_something or can_say(piece.text)
            for start in range(0, len(piece.text), _PIECE_CHARACTERS):
                yield from splitter.feed(piece.text[start : start + _PIECE_CHARACTERS])
            if piece.flush:
                yield from splitter.flush()
                yield Break(n_flushes)
                n_flushes += 1
            if piece.end:
                yield from splitter.finish()
                break
        if not says_something:
            raise nothing_to_say()


def nothing_to_say() -> TextEmptyError:
    """The error for a text without a word that its voice can read."""
    return TextEmptyError("There is nothing that this voice can say: send at least one word that it can read.")
