"""Text to clauses, one at a time and without reading ahead: what a reader says in one breath, the first of them short.

Sound can start once the first clause is rendered, and must never run dry after it. So the first is cut short, and each
of the next may be about twice as long as all that plays before it, until the full length is reached: a voice that
renders three times as fast as it speaks always has the next clause in time.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Final
from unicodedata import category

from server.text.boundaries import LOOKAHEAD_CHARACTERS, Cut, possible_cuts
from server.text.clause import Clause, Language
from server.text.durations import seconds_before
from server.text.language import contains_han
from server.text.sentences import End, Sentence, first_sentence

_WINDOW_CHARACTERS: Final = 400
"""As far as a decision may look from a clause's start; no clause is longer."""
_PIECE_CHARACTERS: Final = 512
_LONGEST_WORD_CHARACTERS: Final = 80
"""A stretch without any place to cut is kept whole up to here past the limit: addresses are, floods are not."""

_PARAGRAPH_PAUSE_S: Final = 0.6
_SENTENCE_PAUSE_S: Final = 0.35

# Bounds of both targets in seconds at speed 1: slow speech is not cut word by word, nor fast speech by the page.
_FIRST_BOUNDS_S: Final = (1.0, 4.0)
_TARGET_BOUNDS_S: Final = (2.5, 10.0)
_FIRST_STRETCH: Final = 1.45
"""How much longer than its target the first clause may be for the sake of a better cut."""
_SHORT_SENTENCE_WORDS: Final = 7.01
"""A sentence of up to seven words is not cut; a Han character counts as 7/11 of a word."""
_FEW_WORDS: Final = 3.8
"""Fewer than four words, or six Han characters, make a poor clause unless they end in punctuation."""
_SCRAP_WORDS: Final = 2.0
"""Fewer than two words are a scrap, on whichever side of a cut."""
_SLACK: Final = 1.15
"""How far over its limit a clause may be for the sake of a better end."""
_HAN_WORDS: Final = 7 / 11
_PACKED_S: Final = 1.2
"""Shorter sentences are joined with the next one."""


def split_clauses(
    text: str, *, language: Language | None = None, speed: float = 1.0, first_target_s: float, target_s: float = 4.0
) -> Iterator[Clause]:
    """Yield the clauses of a text in order, each found only when it is asked for, in time linear in the text read.

    Together they hold every character of the text but whitespace, once and in order. Any string will do.

    Args:
        text: what to read.
        language: the language of what has no letters; `zh` also makes clauses in Latin letters Mandarin. None: as the
            clause before.
        speed: 0.25 to 4. Targets are seconds of sound, so fast speech has longer clauses.
        first_target_s: about how long the first clause should sound, in seconds.
        target_s: how long later ones may sound at most, about, in seconds.
    """
    splitter = ClauseSplitter(language=language, speed=speed, first_target_s=first_target_s, target_s=target_s)
    for start in range(0, len(text), _PIECE_CHARACTERS):
        yield from splitter.feed(text[start : start + _PIECE_CHARACTERS])
    yield from splitter.finish()


class ClauseSplitter:
    """Cuts text that arrives in pieces into clauses that do not depend on the pieces. For one reading, one thread."""

    def __init__(
        self,
        *,
        language: Language | None = None,
        speed: float = 1.0,
        first_target_s: float,
        target_s: float = 4.0,
        played_s: float = 0.0,
    ) -> None:
        """As `split_clauses`; `played_s` is what the listener has of text that came before, as `played_s` tells it."""
        self._language = language
        self._speed = speed
        self._target_s = _within(target_s * speed, _TARGET_BOUNDS_S)
        self._first_target_s = min(_within(first_target_s * speed, _FIRST_BOUNDS_S), self._target_s)
        self._text = ""
        self._position = 0
        """Of the first character in `_text` that no clause has yet, counted in `_text`..."""
        self._dropped = 0
        """...which begins so many characters into the whole text."""
        self._column = 0
        self._played_s = played_s
        """Seconds of all clauses so far at speed 1, with their pauses."""
        self._last_language: Language = language or "en"
        self._begins_sentence = True

    @property
    def played_s(self) -> float:
        """Seconds at speed 1 of all clauses so far, with their pauses."""
        return self._played_s

    def feed(self, piece: str) -> Iterator[Clause]:
        """Take the next piece of text, and yield the clauses that it completes. Iterate to the end before the next."""
        self._text = self._text[self._position :] + piece
        self._dropped += self._position
        self._position = 0
        yield from self._clauses(is_final=False)

    def flush(self) -> Iterator[Clause]:
        """Yield what is left as though the text ended here; more may come.

        The next clause is as short as the first: whoever flushes wants to hear, and may have heard all there was.
        """
        yield from self._clauses(is_final=True)
        self._played_s = 0.0

    def finish(self) -> Iterator[Clause]:
        """Yield what is left; the text has ended."""
        yield from self._clauses(is_final=True)

    def _clauses(self, *, is_final: bool) -> Iterator[Clause]:
        while True:
            self._skip_whitespace()
            window = self._text[self._position : self._position + _WINDOW_CHARACTERS]
            ends_text = is_final and self._position + len(window) == len(self._text)
            is_whole = ends_text or len(window) == _WINDOW_CHARACTERS
            clause = self._first_clause(window, is_whole=is_whole, ends_text=ends_text) if window else None
            if clause is None:
                return
            self._advance(len(clause.text))
            yield clause

    def _skip_whitespace(self) -> None:
        rest = self._text[self._position :]
        self._advance(len(rest) - len(rest.lstrip()))

    def _advance(self, length: int) -> None:
        passed = self._text[self._position : self._position + length]
        lines = passed.splitlines(keepends=True)
        if lines and lines[-1].splitlines() != [lines[-1]]:
            self._column = 0
        elif len(lines) > 1:
            self._column = len(lines[-1])
        else:
            self._column += length
        self._position += length

    def _first_clause(self, window: str, *, is_whole: bool, ends_text: bool) -> Clause | None:
        """The clause that the window begins with, or None while that depends on text that has yet to come."""
        language = self._language or "en"
        sentence = first_sentence(window, column=self._column, is_whole=is_whole, language=language)
        if sentence.end is End.UNSEEN and ends_text:
            sentence = Sentence(sentence.length, End.SENTENCE)
        limit_s = self._limit_s()
        text = window[: sentence.length]
        if sentence.end is End.COMING and not self._is_cut_certain(text, limit_s):
            return None
        cut = self._best_cut(text, limit_s, may_be_whole=sentence.end is not End.UNSEEN)
        if cut is not None:
            return self._clause(text[: cut.position], cut.pause_s, ends_sentence=False)
        packed = self._packed(window, sentence, limit_s, is_whole=is_whole)
        if packed is None:
            return None
        pause_s = _PARAGRAPH_PAUSE_S if packed.end is End.PARAGRAPH else _SENTENCE_PAUSE_S
        return self._clause(window[: packed.length], pause_s, ends_sentence=True)

    def _is_cut_certain(self, begun: str, limit_s: float) -> bool:
        """Whether a sentence that begins like this is cut at the same place however it goes on.

        All that `_best_cut` asks of the rest of a sentence is whether it is long enough; so a listener need not wait
        for its end.
        """
        seconds, words = seconds_before(begun), _words_before(begun)
        is_long = seconds[-1] > limit_s * _SLACK and (
            words[-1] > _SHORT_SENTENCE_WORDS or seconds[-1] > max(1.5 * limit_s, 2 * self._first_target_s)
        )
        if not is_long or (self._played_s > 0 and seconds[-1] < 2 * limit_s):
            return False
        until = self._until(seconds, limit_s)
        if len(begun) < until + LOOKAHEAD_CHARACTERS or words[-1] - words[until] < _SCRAP_WORDS:
            return False
        return len(begun) >= until + _LONGEST_WORD_CHARACTERS + LOOKAHEAD_CHARACTERS or any(possible_cuts(begun, until))

    def _until(self, seconds: list[float], limit_s: float) -> int:
        """The last place where a clause may end."""
        return bisect_right(seconds, limit_s * _SLACK) - 1

    def _limit_s(self) -> float:
        """The longest the next clause may be, in seconds at speed 1."""
        if self._played_s == 0:
            return self._first_target_s * _FIRST_STRETCH
        return min(self._target_s, max(1.5 * self._first_target_s, 2 * self._played_s))

    def _packed(self, window: str, sentence: Sentence, limit_s: float, *, is_whole: bool) -> Sentence | None:
        """The sentence, with the next ones where they are so short that they are better said together.

        The first clause waits for nothing, so it is never packed. None while that depends on text to come.
        """
        while self._played_s > 0 and sentence.end is End.SENTENCE:
            rest = window[sentence.length :].lstrip()
            if not rest or seconds_before(window[: sentence.length])[-1] >= _PACKED_S:
                break
            start = len(window) - len(rest)
            language = self._language or "en"
            following = first_sentence(rest, column=self._column + start, is_whole=is_whole, language=language)
            together = Sentence(start + following.length, following.end)
            if following.end is End.UNSEEN or seconds_before(window[: together.length])[-1] > limit_s:
                break
            if following.end is End.COMING:
                return None
            sentence = together
        return sentence

    def _clause(self, text: str, pause_s: float, *, ends_sentence: bool) -> Clause:
        text = text.rstrip()
        self._played_s += seconds_before(text)[-1] + pause_s
        if contains_han(text):
            self._last_language = "zh"
        elif any(map(str.isalpha, text)):
            self._last_language = self._language or "en"
        begins_sentence, self._begins_sentence = self._begins_sentence, ends_sentence
        return Clause(
            text=text,
            start_character=self._dropped + self._position,
            language=self._last_language,
            pause_s=pause_s / self._speed,
            ends_sentence=ends_sentence,
            begins_sentence=begins_sentence,
        )

    def _best_cut(self, sentence: str, limit_s: float, *, may_be_whole: bool) -> Cut | None:
        """Where to cut the sentence so that the first part is no longer than the limit; None to leave it whole."""
        seconds, words = seconds_before(sentence), _words_before(sentence)
        is_short = words[-1] <= _SHORT_SENTENCE_WORDS and seconds[-1] <= max(1.5 * limit_s, 2 * self._first_target_s)
        if may_be_whole and (is_short or seconds[-1] <= limit_s * _SLACK):
            return None
        if self._played_s == 0:
            aim_s, weight = self._first_target_s, 1.0
        else:
            # What fits in two clauses is shared evenly, lest a full one be followed by a scrap. Nothing is urgent any
            # more, so a good place counts for more than the length.
            aim_s, weight = min(limit_s, seconds[-1] / 2), 2.0

        def total_cost(cut: Cut) -> float:
            off = (seconds[cut.position] - aim_s) / aim_s
            few = 0.4 if words[cut.position] < _FEW_WORDS and not (cut.pause_s and off > -0.5) else 0.0
            scrap = 1.0 if min(words[cut.position], words[-1] - words[cut.position]) < _SCRAP_WORDS else 0.0
            return weight * (cut.cost + few) + scrap + (1.5 * off if off > 0 else -1.2 * off)

        until = self._until(seconds, limit_s)
        cuts = list(possible_cuts(sentence, until))
        if cuts:
            return min(cuts, key=total_cost)
        later = possible_cuts(sentence, until + _LONGEST_WORD_CHARACTERS)
        return min(later, key=lambda cut: cut.position, default=None) or _forced_cut(sentence, until)


def _forced_cut(sentence: str, position: int) -> Cut:
    """Inside a word that is longer than any, though not between a character and the marks on it."""
    position = max(1, min(position, len(sentence)))
    for earlier in range(position, max(0, position - 8), -1):
        if category(sentence[earlier : earlier + 1] or " ")[0] not in "MC":
            return Cut(earlier, 0.0, 0.0)
    return Cut(position, 0.0, 0.0)


def _words_before(text: str) -> list[float]:
    """For each position in the text, its end included, how many words stand before it; a Han character is 7/11."""
    # Marks are part of words: the vowels of Indian scripts, for one.
    is_inside = [False, *(each.isalnum() or each in "'’-" or category(each)[0] == "M" for each in text)]
    return list(
        accumulate(
            (
                _HAN_WORDS if contains_han(character) else float(is_inside[index + 1] and not is_inside[index])
                for index, character in enumerate(text)
            ),
            initial=0.0,
        )
    )


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
