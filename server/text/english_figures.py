"""English rules for figures: telephones, money, times, ranges, fractions, measures. Plain numbers stay in digits.

Digits that are left are read by hibari: 1984 as a year, 1,984 as a number.
"""

import re
import unicodedata
from typing import Final

from server.text.english_units import CURRENCIES, UNITS, describes_a_noun
from server.text.rules import Rule, rule

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBER: Final = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_BIG: Final = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
    "t": "trillion",
    **{word: word for word in ("hundred", "thousand", "million", "billion", "trillion")},
}
_BIG_WORDS: Final = r"hundred|thousand|million|billion|trillion"
_NO_FIGURE_AFTER: Final = r"(?![\w%]|[.,:/-]\d)"


def _by_digits(text: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in text if digit.isascii() and digit.isdigit())


def _telephone(match: re.Match[str]) -> str:
    groups = re.findall(r"\d+", match[0])
    spelled = ["eight hundred" if group == "800" else _by_digits(group) for group in groups]
    return ("plus " if match[0].lstrip().startswith("+") else "") + ", ".join(spelled)


_CURRENCY: Final = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))


def _amount(number: str, big: str, words: tuple[str, str, str, str], *, is_noun: bool) -> str:
    one, many, cent, cents = words
    unit = one if is_noun else many
    if big:
        return f"{_spoken(number)} {_BIG[big.lower()]} {unit}"
    whole, _, fraction = number.partition(".")
    if len(fraction) == 2 and cent:
        count = int(fraction)
        small = f"{count} {cent if count == 1 else cents}"
        plain = whole.replace(",", "")
        if count == 0:
            return f"{whole} {one if is_noun or plain == '1' else many}"
        if plain.strip("0") == "":
            return small
        return f"{whole} {one if plain == '1' else many} and {small}"
    if fraction:
        return f"{_spoken(number)} {unit}"
    return f"{whole} {one if is_noun or whole == '1' else many}"


def _money(match: re.Match[str]) -> str:
    words = CURRENCIES[match["sign"]]
    is_noun = describes_a_noun(match)
    big = match["big"] or ""
    if match["first"]:
        return f"{match['first']} to {_amount(match['number'], big, words, is_noun=is_noun)}"
    return _amount(match["number"], big, words, is_noun=is_noun)


def _money_by_code(match: re.Match[str]) -> str:
    return _amount(match["number"], match["big"] or "", CURRENCIES[match["sign"]], is_noun=describes_a_noun(match))


def _spoken(number: str) -> str:
    """A number that may have decimals, these in words: hibari would read 4.0 as four."""
    whole, point, fraction = number.partition(".")
    return f"{whole} point {_by_digits(fraction)}" if point else whole


_UNIT: Final = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_NEVER_GLUED: Final = frozenset({"K", "s", "A", "t"})
"""Right after a number they mean something else: 5K, the 90s, 6AM."""


def _measure(match: re.Match[str]) -> str:
    unit = match["unit"]
    if unit in _NEVER_GLUED and (not match["gap"] or re.match(r" [A-Z]\b", match.string[match.end() :])):
        return match[0]
    sign = "minus " if match["sign"] else ""
    number = match["number"]
    is_one = number == "1" or describes_a_noun(match)
    first = f"{match['first']} to " if match["first"] else ""
    return f"{sign}{first}{_spoken(number)} {UNITS[unit][0 if is_one else 1]}"


_PARTS: Final = {
    2: "half",
    3: "third",
    4: "quarter",
    5: "fifth",
    6: "sixth",
    7: "seventh",
    8: "eighth",
    9: "ninth",
    10: "tenth",
    12: "twelfth",
    16: "sixteenth",
    20: "twentieth",
    32: "thirty second",
    64: "sixty fourth",
    100: "hundredth",
    1000: "thousandth",
}


def _fraction(above: int, below: int) -> str | None:
    part = _PARTS.get(below)
    if part is None or not 0 < above < 100:
        return None
    if above == 1:
        return f"one {part}"
    return f"{above} {'halves' if below == 2 else part + 's'}"


def _mixed(match: re.Match[str]) -> str:
    above, below = int(match["above"]), int(match["below"])
    part = _fraction(above, below)
    if part is None or above >= below:
        return match[0]
    return f"{match['whole']} and {part.replace('one ', 'a ')}"


def _simple(match: re.Match[str]) -> str:
    above, below = int(match["above"]), int(match["below"])
    part = _fraction(above, below) if above < below or below == 2 else None
    return part or match[0]


def _vulgar(match: re.Match[str]) -> str:
    above, _, below = unicodedata.normalize("NFKC", match["sign"]).partition("\u2044")
    part = _fraction(int(above), int(below)) if above and below else None
    if part is None:
        return match[0]
    return f"{match['whole']} and {part.replace('one ', 'a ')}" if match["whole"] else f" {part}"


def _range(match: re.Match[str]) -> str:
    return f"{match['first']} to {match['last']}"


def _clock_range(match: re.Match[str]) -> str:
    return f"{match['first']} to {match['last']}{match['half']}"


def _half_day(match: re.Match[str]) -> str:
    stop = "." if match["stop"] and not match.string[match.end() :].strip("\"')” ") else ""
    return f"{match['time'].removesuffix(':00')} {match['half'].upper()} M{stop}"


def _lasting(match: re.Match[str]) -> str:
    parts = []
    for count, unit in zip(map(int, match.groups()), ("hour", "minute", "second"), strict=True):
        parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return f"{parts[0]} {parts[1]} and {parts[2]}"


def _feet(match: re.Match[str]) -> str:
    feet, inches = match["feet"], match["inches"]
    spoken = f"{feet} {'foot' if feet == '1' else 'feet'}"
    return f"{spoken} {inches} {'inch' if inches == '1' else 'inches'}" if inches else spoken


def _inches(match: re.Match[str]) -> str:
    if match.string[: match.start()].count('"') % 2:
        return match[0]  # it closes a quotation
    is_one = match["number"] == "1" or bool(re.match(r" [A-Za-z]", match.string[match.end() :]))
    return f"{_spoken(match['number'])} {'inch' if is_one else 'inches'}"


def _three_figures(match: re.Match[str]) -> str:
    """747 as seven forty seven, 302 as three oh two."""
    number = match["number"]
    first, rest = _DIGITS[int(number[0])], int(number[1:])
    if rest == 0:
        return f"{match['before']}{number}"
    return f"{match['before']}{first} {f'oh {_DIGITS[rest]}' if rest < 10 else rest}"


def _versions(match: re.Match[str]) -> str:
    return " point ".join(match[0].split("."))


_BEFORE: Final = r"(?<![\w.,/:$£€¥-])"

FIGURE_RULES: Final[tuple[Rule, ...]] = (
    # Telephones: +1 415 555 2671, (212) 555-0187, 800-555-0199, 646.555.0123, 555-1234, dial 911
    rule(rf"(?<!\w)\+\d{{1,3}}(?:[ .-]?\(?\d{{1,4}}\)?){{2,5}}{_NO_FIGURE_AFTER}", _telephone),
    rule(rf"(?<![\w.+-])(?:1[ .-])?\(\d{{3}}\) ?\d{{3}}[ .-]\d{{4}}{_NO_FIGURE_AFTER}", _telephone),
    rule(rf"(?<![\w.,+-])(?:1-)?\d{{3}}([.-])\d{{3}}\1\d{{4}}{_NO_FIGURE_AFTER}", _telephone),
    rule(rf"(?<![\w.,+-])\d{{3}}-\d{{4}}{_NO_FIGURE_AFTER}", _telephone),
    rule(
        r"\b(?P<before>(?:dial|call|calling|called|ring|text)\s)(?P<number>911|112|999|411|110|119|120|311|988)\b",
        lambda match: match["before"] + _by_digits(match["number"]),
        re.IGNORECASE,
    ),
    rule(
        r"\b(?P<before>(?:extension|pin|code|zip code|passcode|area code)\s(?:is\s)?)(?P<number>\d{3,6})\b",
        lambda match: match["before"] + _by_digits(match["number"]),
        re.IGNORECASE,
    ),
    rule(r"\b9/11\b", "nine eleven"),
    # Money
    rule(
        rf"(?<![\w.])(?:(?:{_CURRENCY})\s?(?P<first>{_NUMBER})\s?[-–—]\s?)?(?P<sign>{_CURRENCY})\s?(?P<number>{_NUMBER})"
        rf"(?:\s?(?P<big>(?:{_BIG_WORDS})\b|(?:mn|bn|[kKmMbBtT])\b))?",
        _money,
    ),
    rule(
        rf"(?<![\w.,])(?P<number>{_NUMBER})\s?(?:(?P<big>{_BIG_WORDS}|bn|[kKmMbB])\s?)?(?P<sign>[A-Z]{{3}}|[€£₽₩])(?!\w)",
        lambda match: _money_by_code(match) if match["sign"] in CURRENCIES else match[0],
    ),
    # Times
    rule(r"\b(\d{1,2}):([0-5]\d):([0-5]\d)\b(?!\s?[ap]\.?m)", _lasting, re.IGNORECASE),
    rule(
        r"(?<![\w:.])(?P<first>\d{1,2}(?::\d\d)?(?:\s?[ap]\.?m\b\.?)?)\s?[-–]\s?(?P<last>\d{1,2}(?::\d\d)?)(?P<half>\s?[ap]\.?m\b)",
        _clock_range,
        re.IGNORECASE,
    ),
    rule(r"(?<![\w.])(?P<time>\d{1,2}(?::[0-5]\d)?)\s?(?P<half>[ap])\.?m\b(?P<stop>\.?)", _half_day, re.IGNORECASE),
    rule(r"(?<![\w.:])(\d{1,3}):(\d)(?![\d:])", r"\1 to \2"),
    # Degrees of Celsius and lengths, before ranges and fractions take their numbers
    rule(r"(?<![\w.'])(?P<feet>\d{1,2})['′] ?(?:(?P<inches>\d{1,2}(?:\.\d)?)(?:[\"″]|''))(?!\w)", _feet),
    rule(r"(?<![\w.])(?P<feet>\d{1,2})′(?P<inches>)(?!\w)", _feet),
    rule(r"(?<![\w.\"])(?P<number>\d{1,3}(?:\.\d+)?)(?:[\"″])(?!\w)", _inches),
    rule(
        rf"(?<![\w.$£€])(?P<sign>[-−])?(?:(?P<first>{_NUMBER})\s?[-–]\s?)?(?P<number>{_NUMBER})(?P<gap>[ -]?)"
        rf"(?P<unit>{_UNIT})(?![\w²³]|/\w|['’]\w)",
        _measure,
    ),
    rule(
        rf"(?<![\w.])(?P<number>{_NUMBER}) in(?=\s(?:wide|tall|long|deep|thick|high|x|by)\b)",
        lambda match: f"{_spoken(match['number'])} {'inch' if match['number'] == '1' else 'inches'}",
    ),
    # Per cent
    rule(rf"(?<![\w.])(?P<first>{_NUMBER})\s?%?\s?[-–]\s?(?P<last>{_NUMBER})\s?%", r"\g<first> to \g<last> percent"),
    rule(rf"(?<![\w.])(?P<sign>[-−])(?P<number>{_NUMBER})\s?%", r"minus \g<number> percent"),
    rule(rf"(?P<number>{_NUMBER})\s?‰", r"\g<number> per mille"),
    # Fractions
    rule(rf"{_BEFORE}(?P<whole>\d+)[ -](?P<above>\d{{1,2}})/(?P<below>\d{{1,4}}){_NO_FIGURE_AFTER}", _mixed),
    rule(rf"{_BEFORE}(?P<above>\d{{1,2}})/(?P<below>\d{{1,4}}){_NO_FIGURE_AFTER}", _simple),
    rule(r"(?P<whole>\d*)\s?(?P<sign>[¼-¾⅐-⅞])", _vulgar),
    # Names with figures
    rule(
        r"\b(?P<before>(?:Boeing|Airbus|Flight|Room|Area|Highway|Interstate|Route|Bus|Channel|Apartment|Suite)\s[A-Z]?)"
        r"(?P<number>[1-9]\d\d)\b(?![,.]\d)",
        _three_figures,
    ),
    rule(r"(?<![\w.])\d+(?:\.\d+){2,}(?![\w])", _versions),
    # Decimals
    rule(r"(?<![\w.])\.(\d+)\b", lambda match: f"point {_by_digits(match[1])}"),
    rule(
        r"(?<![\w.])(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)\.\d+)(?=\s|[,;:!?)”\"%]|[.](?:\s|$)|$)",
        lambda match: _spoken(match["number"]),
    ),
    # Ranges and scores
    rule(rf"{_BEFORE}(?P<first>\d{{1,4}})\s?[-–]\s?(?P<last>\d{{1,4}})(?![\w%-]|[.,:/]\d)", _range),
)
"""In order: what has more to tell it by comes first."""
