"""Dictation: the text of a stream that comes in pieces; what has come of it, and what still may."""

from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from typing import Final

from server.engines.base import SpeechRequest
from server.errors import InvalidRequestError, RateLimitedError, TextEndedError, TextTooLongError

MAX_FLUSHES: Final = 1000
"""Flushes of one stream that may wait to be answered: as many as sentences in an hour."""

Feed = Callable[..., None]
"""An engine's `feed` for one job: `(text, flush=..., end=...)`."""


class Dictation:
    """Checks and remembers what comes. It outlives the stream's job, so that another one can go on with it."""

    def __init__(self, request: SpeechRequest, *, max_characters: int) -> None:
        """`request` has the text that came with the request itself."""
        self._request = request
        self._max_characters = max_characters
        self._text = StringIO()
        self._text.write(request.text)
        self._flushes: list[int] = []
        self._n_answered = 0
        self.n_characters = len(request.text)
        """Characters that have come."""
        self.n_texts = 0
        """Messages that were taken."""
        self.has_ended = False
        """Whether no more may come."""

    def take(self, feed: Feed, text: str, *, flush: bool, end: bool) -> None:
        """Give the next text to the job.

        Raises:
            TextEndedError: after the end.
            InvalidRequestError: when there is nothing in it.
            TextTooLongError: when all of it together would be too long.
            RateLimitedError: when very many flushes wait to be answered.
            WildtrackError: when the job cannot read it. Nothing was taken after any of these.
        """
        if self.has_ended:
            raise TextEndedError("The text of this stream has ended; ask for another stream.")
        if not (text or flush or end):
            raise InvalidRequestError("Send some `text`, or `flush`, or `end`.")
        if self.n_characters + len(text) > self._max_characters:
            limit = self._max_characters
            raise TextTooLongError(f"The text is longer than {limit} characters; go on with it in another stream.")
        if flush and len(self._flushes) >= self._max_characters:
            raise TextTooLongError("The text was flushed as often as it may have characters; use another stream.")
        if flush and len(self._flushes) - self._n_answered >= MAX_FLUSHES:
            raise RateLimitedError(f"More than {MAX_FLUSHES} flushes wait to be answered; flush less.", retry_after_s=1)
        feed(text, flush=flush, end=end)
        self._text.write(text)
        self.n_characters += len(text)
        self.n_texts += 1
        if flush:
            self._flushes.append(self.n_characters)
        self.has_ended = end

    def answered(self, flush: int) -> None:
        """Take note that the flush of this number, and so all before it, are done."""
        self._n_answered = max(self._n_answered, flush + 1)

    def so_far(self, voice_id: str) -> SpeechRequest:
        """The request with all that has come, for another job with the same voice."""
        return replace(
            self._request,
            text=self._text.getvalue(),
            voice_id=voice_id,
            is_open=not self.has_ended,
            flushes=tuple(self._flushes),
        )
