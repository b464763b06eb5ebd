"""One pinyin syllable in Kokoro's alphabet: an initial, a final, and the tone as an arrow after the vowel."""

from functools import cache
from typing import Final


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


_INITIALS: Final = _table(
    "b:p p:pʰ m:m f:f d:t t:tʰ n:n l:l g:k k:kʰ h:x j:ʨ q:ʨʰ x:ɕ zh:ꭧ ch:ꭧʰ sh:ʂ r:ɻ z:ʦ c:ʦʰ s:s"
)
# Spelled out in full, as after an initial that allows them all: iou for -iu and you, uen for -un and wen.
_FINALS: Final = _table(
    "a:a ai:ai an:an ang:aŋ ao:au e:ɤ ei:ei en:ən eng:əŋ o:wo ong:ʊŋ ou:ou "
    "i:i ia:ja ian:jɛn iang:jaŋ iao:jau ie:je in:in ing:iŋ io:wo iong:jʊŋ iou:jou iu:jou "
    "u:u ua:wa uai:wai uan:wan uang:waŋ uei:wei ui:wei uen:wən un:wən ueng:wəŋ uo:wo uong:ʊŋ "
    "ü:y üan:ɥɛn üe:ɥe ün:yn"
)
# Interjections and syllables without a vowel: nothing of the tables above holds for them.
_WHOLE: Final = _table("er:ɚ o:ɔ ê:ɛ m:m n:n ng:ŋ hm:hm hng:hŋ")
_TONES: Final = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_APICAL_INITIALS: Final = frozenset({"zh", "ch", "sh", "r", "z", "c", "s"})


def _spell_out(rest: str, initial: str) -> str:
    """The final as the table has it: y and w, and the u that stands for ü, are habits of spelling only."""
    if not initial and rest.startswith("yu"):
        return "ü" + rest[2:]
    if not initial and rest.startswith("y"):
        return rest[1:] if rest.startswith("yi") else "i" + rest[1:]
    if not initial and rest.startswith("w"):
        return rest[1:] if rest.startswith("wu") else "u" + rest[1:]
    if initial in {"j", "q", "x"} and rest.startswith("u"):
        return "ü" + rest[1:]
    return rest.replace("v", "ü")


@cache
def syllable_phonemes(syllable: str) -> str:
    """The phonemes of one syllable, written as pypinyin's `Style.TONE3` does with tones 1 to 5: `zhong1`, `lv4`, `de5`.

    The alphabet is the one that Kokoro's Mandarin voices were trained on: affricates are single symbols, an aspirated
    consonant has ʰ after it, the vowel of zhi and zi is ɨ, and the tone's arrow stands between vowel and final nasal.
    Empty for anything that is no syllable (there are about 1600, so the cache stays small).
    """
    base, tone = syllable[:-1], _TONES.get(syllable[-1:])
    if tone is None:
        return ""
    if base in _WHOLE:
        return _WHOLE[base] + tone
    initial = base[:2] if base[:2] in _INITIALS else base[:1] if base[:1] in _INITIALS else ""
    final = _spell_out(base[len(initial) :], initial)
    if final not in _FINALS:
        return ""
    vowel = "ɨ" if final == "i" and initial in _APICAL_INITIALS else _FINALS[final]
    onset = _INITIALS.get(initial, "")
    if vowel[-1] in "nŋ":
        return onset + vowel[:-1] + tone + vowel[-1]
    return onset + vowel + tone
