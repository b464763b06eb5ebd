"""SSML to a script: what is said, in which voice and manner, with which pauses, marks and given phonemes.

The part of SSML 1.1 that people use, and Azure's `mstts:express-as`. Nothing is ever fetched: `<audio>` says what it
holds, as the standard wants where a recording cannot be had.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from server.audio.prosody import Prosody
from server.text.aligned import Aligned, Span
from server.text.clause import Language
from server.text.ipa import from_ipa
from server.text.language import contains_han
from server.text.manner import Manner
from server.text.pinyin import syllable_phonemes
from server.text.script import Delivery, Script, Stretch
from server.text.ssml.document import Element, parse_document
from server.text.ssml.say_as import said_as
from server.text.ssml.values import (
    STRENGTHS_S,
    parse_pitch,
    parse_range,
    parse_rate,
    parse_time_s,
    parse_volume_db,
)

T = TypeVar("T")

_WHITESPACE = re.compile(r"\s+")
_SENTENCE_S: Final = 0.35
_PARAGRAPH_S: Final = 0.6
_DEGREE: Final = 0.7
"""A styledegree of 1, Azure's usual, is so much of the emotion; 1.43 and more is all of it."""
_EMPHASES: Final = {
    "strong": Manner(Prosody(pitch=1.12, energy=1.06), volume_db=3.0),
    "moderate": Manner(Prosody(pitch=1.06, energy=1.03), volume_db=1.5),
    "reduced": Manner(Prosody(pitch=0.96, energy=0.97), volume_db=-2.0),
    "none": Manner(),
}
_SILENT: Final = frozenset({"desc", "meta", "metadata", "lexicon", "mstts:silence", "mstts:backgroundaudio"})
_TRANSPARENT: Final = frozenset({"audio", "w", "token", "lookup", "mstts:viseme"})
_KNOWN: Final = (
    "`p`, `s`, `break`, `prosody`, `emphasis`, `say-as`, `sub`, `phoneme`, `lang`, `voice`, `mark`, `audio` or "
    "`mstts:express-as`"
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What names in a document may mean."""

    find_voice: Callable[[str], str | None]
    """A voice's name to its id."""
    voice_for: Callable[[str, str | None], str | None]
    """A language's tag, and `female` or `male` or None, to the id of a voice."""
    find_style: Callable[[str], Manner | None]
    """Azure's or our name of a style to what it is in full."""


@dataclass(frozen=True, slots=True)
class _Context:
    """What holds for the text inside some elements."""

    language: Language | None = None
    voice: str | None = None
    manner: Manner = field(default_factory=Manner)
    local: Manner = field(default_factory=Manner)
    """What may change inside a clause."""

    @property
    def of_clause(self) -> tuple[Language | None, str | None, Manner]:
        """What may not."""
        return self.language, self.voice, self.manner


@dataclass(slots=True)
class _Growing:
    """The stretch that text is being added to."""

    context: _Context
    parts: list[Aligned] = field(default_factory=list)
    variations: list[tuple[Span, Manner]] = field(default_factory=list)
    given: dict[Span, str] = field(default_factory=dict)
    marks: list[tuple[int, str]] = field(default_factory=list)


def parse_ssml(text: str, vocabulary: Vocabulary) -> Script:
    """The script of a document.

    Raises:
        InvalidSsmlError: saying where, and what was expected.
    """
    root = parse_document(text)
    if root.name != "speak":
        raise root.place.error("expected `<speak>`.")
    builder = _Builder(vocabulary)
    builder.element(root, _Context())
    return builder.script()


class _Builder:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._stretches: list[Stretch] = []
        self._growing = _Growing(_Context())

    def script(self) -> Script:
        self._close(None)
        return tuple(self._stretches)

    def element(self, element: Element, context: _Context) -> None:
        """Take in one element and all in it."""
        name = element.name
        if name in _SILENT:
            return
        if name in ("p", "s"):
            self._close(None)
            self._children(element, self._spoken(element, context))
            self._close(_PARAGRAPH_S if name == "p" else _SENTENCE_S)
        elif name == "break":
            self._close(_break_s(element))
        elif name == "mark":
            self._growing.marks.append((element.start, _required(element, "name")))
        elif name in ("sub", "say-as", "phoneme"):
            self._replaced(element, context)
        elif name in ("speak", "lang", "voice", "prosody", "emphasis", "mstts:express-as", *_TRANSPARENT):
            self._children(element, self._spoken(element, context))
        else:
            raise element.place.error(f"expected {_KNOWN} here.")

    def _children(self, element: Element, context: _Context) -> None:
        for child in element.children:
            if isinstance(child, Aligned):
                self._text(child, context)
            else:
                self.element(child, context)

    def _text(self, text: Aligned, context: _Context) -> None:
        if not text:
            return
        if context.of_clause != self._growing.context.of_clause:
            self._close(None if _ends_sentence(self._growing) else 0.0)
        self._growing.context = context
        self._growing.parts.append(text)
        if context.local != Manner():
            self._growing.variations.append((text.span(0, len(text)), context.local))

    def _close(self, pause_s: float | None) -> None:
        """End the stretch; what follows is said after a pause, or after what its last sentence wants."""
        growing, self._growing = self._growing, _Growing(self._growing.context)
        text = Aligned.joined(growing.parts).sub(_WHITESPACE, " ")
        if not text.text.strip():
            # A pause after nothing lengthens the one before.
            self._growing.marks = growing.marks
            if pause_s is not None and self._stretches:
                last = self._stretches[-1]
                self._stretches[-1] = replace(last, pause_s=max(pause_s, last.pause_s or 0.0))
            return
        context = growing.context
        delivery = Delivery(
            voice=context.voice,
            manner=context.manner,
            variations=tuple(growing.variations),
            given=growing.given,
            marks=tuple(growing.marks),
        )
        self._stretches.append(Stretch(text, delivery, context.language, pause_s))

    def _spoken(self, element: Element, context: _Context) -> _Context:
        """What holds inside an element."""
        language = element.attributes.get("xml:lang")
        if language is not None:
            context = replace(context, language=_language(element, language))
        if element.name == "voice":
            return replace(context, voice=self._voice(element, context))
        if element.name == "prosody":
            return _with_prosody(element, context)
        if element.name == "emphasis":
            return replace(context, local=context.local.with_also(_emphasis(element)))
        if element.name == "mstts:express-as":
            return replace(context, manner=context.manner.with_also(self._style(element)))
        return context

    def _voice(self, element: Element, context: _Context) -> str:
        name = element.attributes.get("name")
        if name is not None:
            found = next(filter(None, map(self._vocabulary.find_voice, name.split())), None)
            if found is None:
                raise element.place.error("no voice has this name; `GET /v1/audio/voices` lists them.")
            return found
        language = element.attributes.get("language") or element.attributes.get("xml:lang") or context.language or "en"
        found = self._vocabulary.voice_for(language, element.attributes.get("gender"))
        if found is None:
            raise element.place.error("no voice is like that; name one of `GET /v1/audio/voices`.")
        return found

    def _style(self, element: Element) -> Manner:
        style = self._vocabulary.find_style(_required(element, "style"))
        if style is None:
            raise element.place.error("there is no such style; `GET /v1/audio/emotions` lists them.")
        try:
            degree = float(element.attributes.get("styledegree", "1"))
        except ValueError:
            raise element.place.error("expected a number from 0.01 to 2 for `styledegree`.") from None
        if not 0 <= degree <= 2:
            raise element.place.error("expected a number from 0.01 to 2 for `styledegree`.")
        return style.toward(min(1.0, _DEGREE * degree))

    def _replaced(self, element: Element, context: _Context) -> None:
        """Text that is read otherwise than it is written."""
        text = element.words()
        if not text:
            return
        if element.name == "sub":
            text = text.becoming(_required(element, "alias"))
        elif element.name == "say-as":
            language = context.language or ("zh" if contains_han(text.text) else "en")
            kind = _required(element, "interpret-as")
            said = said_as(text.text, kind, element.attributes.get("format", ""), language)
            if said is None:
                raise element.place.error("expected another `interpret-as`: docs/ssml.md lists them.")
            text = text.becoming(said)
        else:
            self._growing.given[text.span(0, len(text))] = _phonemes(element)
        self._text(text, context)


def _phonemes(element: Element) -> str:
    written = _required(element, "ph")
    alphabet = element.attributes.get("alphabet", "ipa").lower()
    if alphabet == "ipa":
        phonemes = from_ipa(written)
    elif alphabet in ("pinyin", "sapi", "x-pinyin"):
        syllables = written.replace("-", " ").split()
        phonemes = "".join(syllable_phonemes(each if each[-1:].isdigit() else f"{each}5") for each in syllables)
    else:
        raise element.place.error("expected `ipa` or `pinyin` for `alphabet`.")
    if not any(map(str.isalpha, phonemes)):
        raise element.place.error("expected phonemes in `ph`, such as `təˈmɑːtoʊ` or, in pinyin, `xing2`.")
    return phonemes


def _with_prosody(element: Element, context: _Context) -> _Context:
    """A rate is that of whole clauses; the rest may change inside of one."""
    given = element.attributes
    manner, local = context.manner, context.local
    if "rate" in given:
        rate = _valued(element, "rate", parse_rate(given["rate"]), "`slow`, `1.2`, `80%` or `+20%`")
        manner = manner.with_also(Manner(rate=rate))
    if "pitch" in given:
        pitch = _valued(element, "pitch", parse_pitch(given["pitch"]), "`high`, `+2st`, `-10%`, `+20Hz` or `180Hz`")
        local = local.with_also(Manner(Prosody(pitch=pitch[0], middle_hz=pitch[1], shift_hz=pitch[2])))
    if "range" in given:
        spread = _valued(element, "range", parse_range(given["range"]), "`low`, `150%` or `+20%`")
        local = local.with_also(Manner(Prosody(pitch_range=spread)))
    if "volume" in given:
        volume_db = _valued(element, "volume", parse_volume_db(given["volume"]), "`soft`, `+6dB`, `50` or `-20%`")
        local = local.with_also(Manner(volume_db=volume_db))
    return replace(context, manner=manner, local=local)


def _valued(element: Element, name: str, value: T | None, examples: str) -> T:
    if value is None:
        raise element.place.error(f"expected something like {examples} for `{name}`.")
    return value


def _emphasis(element: Element) -> Manner:
    level = _EMPHASES.get(element.attributes.get("level", "moderate"))
    if level is None:
        raise element.place.error("expected `strong`, `moderate`, `none` or `reduced` for `level`.")
    return level


def _break_s(element: Element) -> float:
    if "time" in element.attributes:
        return _valued(element, "time", parse_time_s(element.attributes["time"]), "`500ms` or `1.5s`")
    strength = STRENGTHS_S.get(element.attributes.get("strength", "medium"))
    return _valued(element, "strength", strength, ", ".join(f"`{name}`" for name in STRENGTHS_S))


def _required(element: Element, name: str) -> str:
    value = element.attributes.get(name, "").strip()
    if not value:
        raise element.place.error(f"expected `{name}` in `<{element.name}>`.")
    return value


def _language(element: Element, tag: str) -> Language:
    primary = tag.strip().lower().replace("_", "-").split("-")[0]
    if not (primary.isascii() and primary.isalpha() and 2 <= len(primary) <= 8):
        raise element.place.error("expected a language's tag such as `en-US` or `zh-CN` for `xml:lang`.")
    return {"cmn": "zh"}.get(primary, primary)


def _ends_sentence(growing: _Growing) -> bool:
    text = "".join(part.text for part in growing.parts).rstrip().rstrip("”’\"')]》」』")
    return text.endswith((".", "!", "?", "…", "。", "！", "？", ":", "："))
