"""Text that remembers, character by character, which stretch of the original it was made from."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the original text, in code points; `start` is at most `end`."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        """Whether they have a character in common."""
        return self.start < other.end and other.start < self.end

    def joined(self, other: "Span") -> "Span":
        """The stretch that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))


Replacement = str | Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A text and, for each of its characters, what it was made from. Immutable: changing it makes another.

    Starts never go down from one character to the next: what was made from later text stands later.
    """

    text: str
    spans: tuple[Span, ...]
    """One for each character."""

    @classmethod
    def original(cls, text: str, start: int = 0) -> "Aligned":
        """Text as it was written, which begins `start` characters into the original."""
        return cls(text, tuple(Span(index, index + 1) for index in range(start, start + len(text))))

    @classmethod
    def joined(cls, parts: Iterable["Aligned"]) -> "Aligned":
        """The parts, one after the other."""
        each = list(parts)
        return cls("".join(part.text for part in each), tuple(span for part in each for span in part.spans))

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, where: slice) -> "Aligned":
        return Aligned(self.text[where], self.spans[where])

    def span(self, start: int, end: int) -> Span:
        """What the characters from `start` to `end` were made from; `start` lies before `end`."""
        return Span(min(span.start for span in self.spans[start:end]), max(span.end for span in self.spans[start:end]))

    def becoming(self, text: str) -> "Aligned":
        """Other text, all of it made from all of this; empty where this is."""
        if not self.spans:
            return self
        return Aligned(text, (self.span(0, len(self)),) * len(text))

    def sub(self, pattern: re.Pattern[str], replacement: Replacement) -> "Aligned":
        """As `re.sub`: what stands for a match was made from all that the match was.

        A replacement equal to its match changes nothing, alignment included. What replaces an empty match counts as
        made from the character before it, or from the one after it at the beginning.
        """
        parts: list[Aligned] = []
        done = 0
        for match in pattern.finditer(self.text):
            new = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
            start, end = match.span()
            if new == match[0]:
                continue
            parts.append(self[done:start])
            if start < end:
                parts.append(self[start:end].becoming(new))
            elif self.spans:
                beside = max(0, start - 1)
                parts.append(self[beside : beside + 1].becoming(new))
            done = end
        return Aligned.joined([*parts, self[done:]]) if parts else self

    def translate(self, table: Mapping[int, str | int]) -> "Aligned":
        """As `str.translate`, each character by itself."""
        if not any(ord(character) in table for character in self.text):
            return self
        return self.mapped(lambda character: character.translate(table))

    def mapped(self, change: Callable[[str], str]) -> "Aligned":
        """Each character changed by itself, into any number of others."""
        changed = [change(character) for character in self.text]
        spans = (span for span, new in zip(self.spans, changed, strict=True) for _ in new)
        return Aligned("".join(changed), tuple(spans))

    def stripped(self) -> "Aligned":
        """Without whitespace at either end."""
        start = len(self.text) - len(self.text.lstrip())
        return self[start : max(start, len(self.text.rstrip()))]

    def words(self) -> Iterator[tuple[int, int, Span]]:
        """The stretches between spaces that something can be heard of: (start, end, made from), signs around left out.

        Neighbours that were made from the same stretch, such as the words of a number, are one.
        """
        start: int | None = None
        last = 0
        made_from = Span(0, 0)
        for match in _WORD.finditer(self.text):
            inside = [index for index in range(*match.span()) if self.text[index].isalnum()]
            if not inside:
                continue
            end = inside[-1] + 1
            span = self.span(inside[0], end)
            if start is not None and span.overlaps(made_from):
                last, made_from = end, made_from.joined(span)
                continue
            if start is not None:
                yield start, last, made_from
            start, last, made_from = inside[0], end, span
        if start is not None:
            yield start, last, made_from


def aligned_reading(text: Aligned, phonemes: str) -> Aligned:
    """The phonemes that another program made of a text, word by word: it does not tell of which, so words are counted.

    Where there are fewer or more of them than words in the text, they are shared out as evenly as they come.
    """
    written = [span for _, _, span in text.words()]
    spoken = list(_WORD.finditer(phonemes))
    if not written or not spoken:
        return text.becoming(phonemes)
    parts = []
    start = 0
    for index, match in enumerate(spoken):
        span = written[index * len(written) // len(spoken)]
        parts.append(Aligned(phonemes[start : match.end()], (span,) * (match.end() - start)))
        start = match.end()
    parts.append(Aligned(phonemes[start:], (written[-1],) * (len(phonemes) - start)))
    return Aligned.joined(parts)


def with_given(phonemes: Aligned, given: Mapping[Span, str]) -> Aligned:
    """The phonemes with others in place of those that were made from the given stretches."""
    for wanted, sounds in given.items():
        inside = [place for place, span in enumerate(phonemes.spans) if wanted.overlaps(span)]
        if inside:
            first, last = inside[0], inside[-1] + 1
            # Signs that close the stretch were made from it too, and stay.
            while last > first and not phonemes.text[last - 1].isalnum():
                last -= 1
            while first < last and phonemes.text[first].isspace():
                first += 1
            here = Aligned(sounds, (wanted,) * len(sounds))
            phonemes = Aligned.joined([phonemes[:first], here, phonemes[last:]])
    return phonemes


_WORD = re.compile(r"\S+")
