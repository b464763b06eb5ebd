"""Brings a description in any mix of English and Chinese to one plain form that rules can be laid against.

The plain form: lower case, English words by their stems with a space around each, Chinese characters in runs, and of
all punctuation only `,` (a pause), `;` (an item of a Chinese list, or "+") and `.` (the end), each between spaces.
"""

import re
import unicodedata
from typing import Final

from server.text.language import HAN

MAX_CHARACTERS: Final = 1000
"""Of a description that are read; what comes after is left unread."""

_TOKENS: Final = re.compile(rf"[a-z]+(?:'[a-z]+)?|\d+|[{HAN}]+|[,;:、+&/|()\[\]—–…-]+|[.!?。！？\n]+")
_PAUSES: Final = {"、": ";", "+": ";", "&": ";", "/": ";", "|": ";", "-": ""}
_IRREGULAR_FORMS: Final = """
ran=run broke=break broken=break rang=ring rung=ring flew=fly flown=fly fell=fall fallen=fall blew=blow blown=blow
drove=drive driven=drive rode=ride ridden=ride spun=spin swung=swing slid=slide lit=light wept=weep struck=strike
shook=shake threw=throw thrown=throw tore=tear torn=tear dove=dive shot=shot poured=pour burst=burst heavily=heavy
gently=gentle steadily=steady horses=horse noises=noise voices=voice waves=wave bus=bus gas=gas leaf=leaves
knives=knife wolves=wolf children=kid child=kid feet=foot men=man women=woman people=people heard=hear was=be is=be
are=be were=be its=its his=his has=have does=do goes=go went=go gone=go came=come took=take making=make tyres=tire
tyre=tire mice=mouse sang=sing sung=sing crept=creep strode=stride trod=tread trodden=tread dug=dig hung=hang
noisily=noisy easily=easy angrily=angry happily=happy something=something nothing=nothing anything=anything
everything=everything ceiling=ceiling evening=evening morning=morning building=building during=during rainy=rain
windy=wind dying=die lying=lie tying=tie stairs=stair news=news keys=key ties=tie
"""
_IRREGULAR: Final = dict(pair.split("=") for pair in _IRREGULAR_FORMS.split())
_VOWEL: Final = re.compile("[aeiouy]")
_SILENT_E: Final = re.compile("[^aeiouy]*[aeiouy][^aeiouy]e")
_WANTS_E: Final = re.compile("[^aeiouy]*[aeiouy][^aeiouywx]")


def normalise(text: str) -> str:
    """The plain form; begins and ends with a space."""
    return " " + "".join(f"{_token(token)} " for token in _TOKENS.findall(_folded(text)) if _token(token))


def clauses(text: str) -> list[str]:
    """The words as they were written between the pauses, in step with the stretches of the plain form."""
    whole, found, start = _folded(text), [], 0
    for token in _TOKENS.finditer(whole):
        if not token[0][0].isalnum() and _token(token[0]):
            found.append(whole[start : token.start()].strip())
            start = token.end()
    return [*found, whole[start:].strip()]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower().replace("’", "'")


def stem(word: str) -> str:
    """An English word without its ending: `walks`, `walked` and `walking` are `walk`."""
    word = word.removesuffix("'s").replace("'", "")
    word = _IRREGULAR.get(word, word)
    if len(word) > 3:
        word = _without_ending(word)
    # A silent e stays where it makes another word, as in tape and tap.
    return word[:-1] if len(word) > 3 and word.endswith("e") and not _SILENT_E.fullmatch(word) else word


def _without_ending(word: str) -> str:
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        bare = word.removesuffix(ending)
        if bare != word and len(bare) > 1 and _VOWEL.search(bare) and not bare.endswith("e"):
            return _whole(bare)
    return word[:-2] if word.endswith("ly") and len(word) > 5 else word


def _whole(bare: str) -> str:
    """What -ing and -ed were put to: `drip` of dripp-ing, `ride` of rid-ing."""
    if bare[-1] == bare[-2] and bare[-1] not in "lszaeiou":
        return bare[:-1]
    return bare + "e" if _WANTS_E.fullmatch(bare) else bare


def _token(token: str) -> str:
    first = token[0]
    if "a" <= first <= "z":
        return stem(token)
    if first in ".!?。\n":
        return "."
    if token.isalnum():
        return token
    return _PAUSES.get(first, ",")
