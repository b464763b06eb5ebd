"""Where the sentence at the start of a window of text ends, if the window already shows it.

The search never looks past what it needs: a sentence has ended once its stop, the quotes and brackets that close with
it, and the first character of what comes next are seen; after an abbreviation, all of the next word. So text may
arrive in pieces, and the answer is the same.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from server.text.clause import Language
from server.text.language import HAN, contains_han, has_letters

CLOSERS: Final = r"”’\"')\]}」』】〗》〉）］»"
"""Quotes and brackets that belong to what stands before them, as the inside of a regular expression's class."""
OPENERS: Final = r"“‘\"'(\[{「『【〖《〈（［«¿¡"
"""Likewise for what stands after them."""


class End(Enum):
    """What a sentence ends with."""

    PARAGRAPH = auto()
    SENTENCE = auto()
    UNSEEN = auto()
    """The window ends first."""
    COMING = auto()
    """It has not come yet, or what tells has not."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The first sentence of a window."""

    length: int
    """In characters; closing quotes included, whitespace after it not. Where the end is `COMING`, what has come of it
    for certain."""
    end: End


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEWLINE: Final = "\\n\\r\\f\\v\\x85\u2028\u2029"
_LINE_BREAK = re.compile(f"\r\n|[{_NEWLINE}]")
_EMOJI: Final = "\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d"
_OTHER_STOPS: Final = "؟۔।॥։።፧"
"""Arabic, Urdu, Devanagari, Armenian and Ethiopic."""
_SPACED_CLOSER: Final = r"[ \u00a0\u202f]»(?=[\s.,;:!?]|\Z)"
"""As French closes a quotation; in »German« it opens one."""
_CANDIDATE = re.compile(
    rf"(?P<newline>[{_NEWLINE}])\s*"
    rf"|(?P<mark>[.!?…⋯。！？｡．{_OTHER_STOPS}]+)(?P<closed>[{CLOSERS}]*(?:{_SPACED_CLOSER})?)"
    rf"(?: ?[{_EMOJI}]+)*(?P<gap>\s*)"
)
_WORD_BEFORE = re.compile(r"[\w.&-]*\Z")
_OPENER = re.compile(f"[{OPENERS}]")
_WORD_AFTER = re.compile(rf"[{OPENERS}]*(\w*)")
_ONLY_A_NUMBER = re.compile(rf"[\s{OPENERS}]*(?:\d{{1,3}}|[A-Za-z])\Z")
_SAID = re.compile(rf"[{HAN}]{{0,6}}?[说问道喊叫答]")
_MAYBE_SAID = re.compile(rf"[{HAN}]{{0,6}}")
_SEEN_AFTER: Final = 24
"""Characters after a stop that may be looked at."""
_FULL_STOPS: Final = frozenset("。！？｡।॥")
_ORDINAL = re.compile(r"(?<![\d.,])\d{1,2}\Z")
"""The number in front of the stop in: am 3. Mai."""
_ORDINAL_STOPS: Final = frozenset(
    ("cs", "da", "de", "et", "fi", "fo", "hr", "hu", "is", "lb", "lv", "nb", "nn", "no", "pl", "sk", "sl", "sr", "tr")
)
"""Languages that write ordinals so. There it is taken for one: a sentence that ends in such a number goes on, which
costs less than one that is broken at every date."""

# After these a sentence never ends: titles, which have a capital, and some words, which may have none.
_TITLES: Final = _words("Mr Mrs Ms Mx Dr Prof Rev Fr Hon Gen Col Lt Sgt Capt Cpt Maj Cmdr Adm Gov Sen Rep Pres Messrs")
_NEVER_LAST: Final = _words("e.g i.e vs cf viz approx fig figs vol pp")
# After these it ends only where the next word is one that usually begins a sentence.
_SELDOM_LAST: Final = _words(
    "St Mt Ft Jr Sr Ave Blvd Rd Dept Inc Ltd Co Corp Ph.D Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue "
    "Wed Thu Fri Sat Sun etc al a.m p.m"
)
_INITIALS = re.compile(r"(?:[A-Za-z]\.)*[A-Za-z]\Z")
_STARTERS: Final = _words(
    "The A An This That These Those It He She We They You I There Here His Her Its Our Their My Your But And Or So "
    "Then Now When While If In On At As After Before For From To With Without What Who Why How Where Yes No Not Please "
    "Thank Let However Although Because Since Still Some Many Most Every Each Another One Meanwhile Later Today"
)
_WRAPPED_LINE: Final = range(45, 101)
"""Lengths of lines that were broken to fit a page; a line break after them is only a space."""


def first_sentence(window: str, *, column: int, is_whole: bool, language: Language = "en") -> Sentence:
    """The sentence that the window begins with.

    Args:
        window: begins with a character that is not whitespace.
        column: how many characters of its line stand before the window.
        is_whole: whether no more text can come into the window: it is full, or the text ends with it.
        language: of words in an alphabet.
    """
    for candidate in _CANDIDATE.finditer(window):
        end = _end(window, candidate, column, language)
        if not is_whole and _is_undecided(window, candidate, end, column):
            return Sentence(len(window[: candidate.start()].rstrip()), End.COMING)
        if end is not None and has_letters(window[: candidate.start()]):
            last = candidate.start() if candidate["newline"] else candidate.start("gap")
            return Sentence(len(window[:last].rstrip()), end)
    return Sentence(len(window.rstrip()), End.UNSEEN if is_whole else End.COMING)


def _end(window: str, candidate: re.Match[str], column: int, language: Language) -> End | None:
    gap_start = candidate.start("newline" if candidate["newline"] else "gap")
    breaks = _LINE_BREAK.findall(window[gap_start : candidate.end()])
    if breaks and not (len(breaks) == 1 and _is_wrapped(window, gap_start, candidate.end(), column)):
        return End.PARAGRAPH
    if candidate["newline"]:
        return None
    return End.SENTENCE if _is_stop(window, candidate, language) else None


def _is_wrapped(window: str, gap_start: int, gap_end: int, column: int) -> bool:
    """Whether the only line break of a gap merely fits the text to a page, as in an e-mail or an old book."""
    after = window[gap_end : gap_end + 1]
    if not after or contains_han(after) or not _may_be_wrapped(window, gap_start, column):
        return False
    return after.isalpha() or _OPENER.match(after) is not None


def _may_be_wrapped(window: str, gap_start: int, column: int) -> bool:
    """Whether the line that ends there is as long as one that was broken to fit."""
    last_break = max(window.rfind(character, 0, gap_start) for character in "\n\r\u2028")
    length = gap_start - last_break - 1 if last_break >= 0 else gap_start + column
    return length in _WRAPPED_LINE and not contains_han(window[gap_start - 1 : gap_start])


def _is_stop(window: str, candidate: re.Match[str], language: Language) -> bool:
    mark, following = candidate["mark"], window[candidate.end() : candidate.end() + _SEEN_AFTER]
    if not following:
        return True
    has_gap = bool(candidate["gap"])
    before = window[candidate.start() - 1 : candidate.start()]
    is_ellipsis = "…" in mark or "⋯" in mark or ".." in mark
    if _needs_no_space(candidate, before, following):
        if is_ellipsis and not candidate["closed"]:
            return False
        if mark == "." and before.isdigit() and following[0].isdigit():
            return False
        return not (candidate["closed"] and not has_gap and _SAID.match(following))
    word = _WORD_AFTER.match(following)
    next_word = word[1] if word else ""
    if not has_gap or next_word[:1].islower() or following[0] in ".!?…":
        return False
    if mark not in {".", "．"} or candidate["closed"]:
        return True
    before_mark = window[: candidate.start()]
    if language in _ORDINAL_STOPS and _ORDINAL.search(before_mark):
        return False
    return _is_period(before_mark, next_word)


def _needs_no_space(candidate: re.Match[str], before: str, following: str) -> bool:
    """Chinese has no spaces, so between Han characters a stop needs none; and “走吧！”他说 is one sentence."""
    return not _FULL_STOPS.isdisjoint(candidate["mark"]) or (
        not candidate["gap"] and contains_han(before + following[0])
    )


def _is_undecided(window: str, candidate: re.Match[str], end: End | None, column: int) -> bool:
    """Whether what may follow on the window could still change what it seems to end with there."""
    following = window[candidate.end() :]
    if end is End.PARAGRAPH:
        gap_start = candidate.start("newline" if candidate["newline"] else "gap")
        has_one_break = len(_LINE_BREAK.findall(window[gap_start:])) == 1
        return not following and has_one_break and _may_be_wrapped(window, gap_start, column)
    return not following or _depends_on_word(window, candidate, following)


def _depends_on_word(window: str, candidate: re.Match[str], following: str) -> bool:
    """Whether the word that the window breaks off in could still change what a stop before it is."""
    if candidate["newline"] or len(following) >= _SEEN_AFTER:
        return False
    if _needs_no_space(candidate, window[candidate.start() - 1 : candidate.start()], following):
        return bool(candidate["closed"]) and not candidate["gap"] and _MAYBE_SAID.fullmatch(following) is not None
    word = _WORD_AFTER.match(following)
    if not candidate["gap"] or word is None or word.end() < len(following):
        return False
    # Of most words the first letter tells; which word it is matters after an abbreviation alone.
    return not word[1] or (not candidate["closed"] and _is_seldom_last(_last_word(window[: candidate.start()])))


def _is_period(before: str, next_word: str) -> bool:
    """Whether a single point after `before` and ahead of `next_word` ends a sentence, rather than shortens a word."""
    if _ONLY_A_NUMBER.match(before):
        return False  # 1. begins an item of a list
    word = _last_word(before)
    if word in _TITLES or word.lower() in _NEVER_LAST:
        return False
    if word in {"No", "Nos", "no"} and next_word[:1].isdigit():
        return False
    return next_word in _STARTERS if _is_seldom_last(word) else True


def _last_word(before: str) -> str:
    found = _WORD_BEFORE.search(before[-16:])
    return found[0].lstrip("-") if found else ""


def _is_seldom_last(word: str) -> bool:
    return word in _SELDOM_LAST or (_INITIALS.match(word) is not None and word != "I")
