"""Where a sentence may be cut, and how much that hurts: after punctuation, between phrases, never inside a word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from server.text.language import HAN, contains_han
from server.text.sentences import CLOSERS
from server.text.words import cut_words


@dataclass(frozen=True, slots=True)
class Cut:
    """A place to cut at."""

    position: int
    """Index of the first character (often a space) after the cut."""
    cost: float
    """From 0, where a reader pauses anyway, to 2, where everybody hears it."""
    pause_s: float
    """What a reader makes of it, in seconds at speed 1; 0 inside a phrase."""


_COLON_PAUSE_S: Final = 0.22
_COMMA_PAUSE_S: Final = 0.15

_STRONG_COST: Final = 0.0
_COMMA_COST: Final = 0.05
_LIST_COST: Final = 0.15
_CLAUSE_COST: Final = 0.3
_PHRASE_COST: Final = 0.45
_OBJECT_COST: Final = 0.75
"""Between a verb and what it acts on: kept | every letter, 下了 | 一场大雪."""
_WORD_COST: Final = 1.2
_CLINGING_COST: Final = 0.7
"""On top, where a word clings to its neighbour: the | garden, 二十 | 把."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PUNCTUATION = re.compile(rf"([,;:—–，；：、…⋯!?。！？،؛؟।]+|--+|\.\.+)[{CLOSERS}]*")
_NEEDS_NO_SPACE: Final = frozenset("—，；：、。！？…⋯")
_TOKEN = re.compile(r"\S+")
_HAN_RUN = re.compile(f"[{HAN}]+")
LOOKAHEAD_CHARACTERS: Final = 12
"""Characters past the last place of interest that jieba needs to see, so that it finds the word that lies there."""

_BEGIN_CLAUSE: Final = _words(
    "and but or nor yet because that which who whom whose when where while if although though unless until since "
    "before after than as whether what how why then "
    # Those of other languages that are no English words.
    "und oder aber denn sondern dass weil wenn als ob obwohl bevor nachdem ou mais donc que qui quand lorsque parce si "
    "pero porque cuando aunque mientras perché quando mas nebo że który ponieważ en maar omdat dat terwijl "
    "и но а или что чтобы который которая которое которые когда если потому хотя і або що який коли якщо "
    "ولكن أو لأن الذي التي عندما إذا और लेकिन या कि क्योंकि जो जब अगर"
)
_BEGIN_PHRASE: Final = _words(
    "so to in of with for on at from by into under about between through during without against among along around "
    "behind beyond near onto upon toward towards within across is are was were will would can could has have "
    "had may might must should does did"
)
_DETERMINERS: Final = _words("the a an this these those his her its our their my your some any every each")
_CLING_TO_NEXT: Final = (
    _BEGIN_CLAUSE
    | _BEGIN_PHRASE
    | _words("the a an my your his its our their every each no not do i we he she they very")
)
_HAN_BEGIN_CLAUSE: Final = _words(
    "而 但 但是 可是 所以 因为 如果 虽然 不过 然后 或者 还是 并且 而且 以及 就 才 却 又 再 都 也 还 便 则"
)
_HAN_BEGIN_PHRASE: Final = _words(
    "和 与 跟 同 在 从 向 往 朝 把 被 对 给 到 比 用 让 由 为 为了 关于 按照 沿着 经过 是 有 要 会 能"
)
_HAN_CLING_TO_NEXT: Final = (
    _HAN_BEGIN_CLAUSE
    | _HAN_BEGIN_PHRASE
    | _words("的 地 得 很 更 最 太 不 没 没有 这 那 每 第 很多 将 先 已 已经 正 正在 并")
)
_HAN_CLING_TO_PREVIOUS: Final = _words(
    "的 地 得 了 着 过 们 吗 呢 吧 啊 呀 嘛 里 上 下 中 时 后 前 来 去 等 之 个 年 月 日 点 分"
)
_HAN_NUMERAL = re.compile("[零一二两三四五六七八九十百千万亿几多半第每这那]+")


def possible_cuts(sentence: str, until: int) -> Iterator[Cut]:
    """The places to cut at, up to the position `until`; not in order, and a position may come twice."""
    seen = sentence[: until + LOOKAHEAD_CHARACTERS]
    for cut in _punctuation_cuts(seen), _gap_cuts(seen), _han_cuts(seen):
        yield from (place for place in cut if 0 < place.position <= until and place.position < len(sentence))


def _punctuation_cuts(text: str) -> Iterator[Cut]:
    for match in _PUNCTUATION.finditer(text):
        mark, position = match[1], match.end()
        before, after = text[match.start() - 1 : match.start()], text[position : position + 1]
        # A comma in 1,234 or a colon in 8:30 and in addresses is no place to cut, but 你好,世界 has one.
        if before.isdigit() and after.isdigit():
            continue
        if not (after.isspace() or mark[0] in _NEEDS_NO_SPACE or contains_han(before + after)):
            continue
        if mark == "–" and not before.isspace():
            continue
        if mark[0] in ",，،":
            yield Cut(position, _COMMA_COST, _COMMA_PAUSE_S)
        elif mark[0] == "、":
            yield Cut(position, _LIST_COST, _COMMA_PAUSE_S)
        else:
            yield Cut(position, _STRONG_COST, _COMMA_PAUSE_S if mark[0] in "!?。！？" else _COLON_PAUSE_S)


def _gap_cuts(text: str) -> Iterator[Cut]:
    for left, right in pairwise(_TOKEN.finditer(text)):
        before, after = _bare(left[0]), _bare(right[0])
        if after in _BEGIN_CLAUSE or right[0][0] in "([“":
            cost = _CLAUSE_COST
        elif after in _BEGIN_PHRASE or contains_han(left[0][-1] + right[0][0]):
            cost = _PHRASE_COST
        else:
            cost = _OBJECT_COST if after in _DETERMINERS else _WORD_COST
        if before in _CLING_TO_NEXT or before[-1:].isdigit() or after[:1].isdigit():
            cost += _CLINGING_COST
        yield Cut(left.end(), cost, 0.0)


def _bare(token: str) -> str:
    return token.strip("\"'“”‘’()[],;:").lower()


def _han_cuts(text: str) -> Iterator[Cut]:
    for run in _HAN_RUN.finditer(text):
        position = run.start()
        # Latin words next to Han characters (用iPhone打) are words of their own; digits belong to what they count.
        for edge, neighbour in ((run.start(), text[run.start() - 1 : run.start()]), (run.end(), text[run.end() :][:1])):
            if neighbour.isalpha():
                yield Cut(edge, _WORD_COST, 0.0)
        for before, after in pairwise(cut_words(run[0])):
            position += len(before)
            yield Cut(position, _cost_between(before, after), 0.0)


def _cost_between(before: str, after: str) -> float:
    if after in _HAN_BEGIN_CLAUSE:
        cost = _CLAUSE_COST
    elif after in _HAN_BEGIN_PHRASE:
        cost = _PHRASE_COST
    else:
        cost = _OBJECT_COST if before in {"了", "过"} else _WORD_COST
    if before in _HAN_CLING_TO_NEXT or before.endswith("的") or _HAN_NUMERAL.fullmatch(before):
        cost += _CLINGING_COST
    return cost + _CLINGING_COST if after in _HAN_CLING_TO_PREVIOUS else cost
