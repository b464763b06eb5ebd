"""Which reading a Han character has where pypinyin's phrases do not say: the few common ones that speech trips over.

pypinyin reads a word by its phrase dictionary, and a character outside every phrase by its most frequent reading. That
is wrong for some of the most frequent characters: 长 would be zhǎng in 很长, the particles 得 and 地 would be dé and
dì. The rules here look at the characters before and after. What pypinyin's phrases know stays as it is, except where a
rule says `always`. Citation tones stay too, and there is no tone sandhi beyond what the phrases spell out (一个 yí gè):
the voices were trained on such phonemes and make the sandhi themselves.
"""

import re
from dataclasses import dataclass
from typing import Final

_NUMERAL: Final = "一二两三四五六七八九十百千万亿几"


@dataclass(frozen=True, slots=True)
class Rule:
    """A reading and where it holds."""

    reading: str
    """As `pypinyin.Style.TONE3`, neutral tone as 5."""
    before: re.Pattern[str]
    """Has to match at the end of what stands before the character (`$`)."""
    after: re.Pattern[str]
    """Has to match at the start of what stands after it (`match`)."""
    always: bool
    """Whether it also holds where a phrase of pypinyin's covers the character."""
    starts_word: bool
    """Whether the character has to be the first of its word."""


def _rule(reading: str, before: str = "", after: str = "", *, always: bool = False, starts_word: bool = False) -> Rule:
    return Rule(reading, re.compile(f"(?:{before})$"), re.compile(after), always, starts_word)


RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "长": (
        _rule("chang2", before="[很太多最更这那较挺够特真又好有]"),
        _rule("zhang3", after="[大高得成满着起到进胖出]|了[一两三几很不]"),
        _rule("zhang3", before="[校部局会班市县省村镇州乡区院厅处科所店站船队组]"),
        _rule("chang2"),
    ),
    "得": (
        _rule("de2", after="[了到]"),
        _rule("de2", before="(?<!.)|彼"),
        _rule("dei3", before="[我你您他她它们咱就还总必非可都也又只先]", after="."),
        _rule("de5"),
    ),
    "地": (
        # 慢慢地走, 高高兴兴地上学: doubled characters make an adverb. Else it has two of them or more and a verb comes
        # next: 飞快地跑, but 这块地很大, 在地上.
        _rule("de5", before="(.)\\1", starts_word=True),
        _rule(
            "de5",
            before=".[^块片亩寸尺的之在此该各原本外内当两]",
            after="[^上下里面的是很有也都和与]",
            starts_word=True,
        ),
    ),
    "了": (
        _rule("liao3", before="[^再也从]不", always=True),
        _rule("liao3", before="不得|[受忘少走跑做管]得", always=True),
    ),
    "还": (_rule("huan2", after="[钱债清款账书]|给"),),
    "种": (
        _rule("zhong3", before=f"[{_NUMERAL}半多各这那某每何数此该哪同]"),
        _rule("zhong4", after=f"[{_NUMERAL}了着过下上满树花菜草粮田庄]"),
    ),
    "教": (
        _rule("jiao4", before="[宗佛道主督回]"),
        _rule("jiao4", after="[育授师室材学练程堂皇导员案]"),
        _rule("jiao1"),
    ),
    "数": (
        _rule("shu3", before="数[一了]"),
        _rule("shu3", after="[一了]数|着|到"),
    ),
    "行": (_rule("hang2", before=f"[{_NUMERAL}每第]", after="[小大]?[字诗文代热泪树]", always=True),),
    "只": (_rule("zhi1", before=f"[{_NUMERAL}半这那每]"),),
    "处": (_rule("chu4", before=f"[{_NUMERAL}各每]"),),
    "为": (_rule("wei2", before="以.{1,4}"),),
    "重": (_rule("chong2", after="[写做说试装启开读看听拍录演]"),),
    "弹": (_rule("tan2", after="[了着过起奏琴得]"),),
    "曾": (_rule("zeng1", before="姓"),),
    "背": (_rule("bei1", after="负|[着起上了]{0,2}(?:书?包|孩子|行李|箱|筐|娃|枪|柴|黑锅)"),),
}
"""For each character its rules; the first that holds decides."""

PHRASES: Final[dict[str, tuple[str, ...]]] = {"大夫": ("dai4", "fu5")}
"""Whole words that pypinyin's phrases misread."""


def corrected_reading(run: str, index: int, *, is_in_phrase: bool, starts_word: bool) -> str | None:
    """The reading of `run[index]` where a rule gives one, else None.

    Args:
        run: the whole run of Han characters, for its context.
        index: which character of it.
        is_in_phrase: whether a phrase of pypinyin's has already decided.
        starts_word: whether it is the first character of its word.
    """
    for rule in RULES.get(run[index], ()):
        if (is_in_phrase and not rule.always) or (rule.starts_word and not starts_word):
            continue
        # No rule looks further than six characters back, and a run may be long.
        if rule.before.search(run[max(0, index - 6) : index]) and rule.after.match(run, index + 1):
            return rule.reading
    return None
