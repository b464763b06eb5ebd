"""`<say-as>`: text rewritten so that our normalisers read it as was asked.

After the W3C note "SSML 1.0 say-as attribute values" (2005) and the values that Azure and Google name.
"""

import re
from collections.abc import Callable
from typing import Final

from server.text.clause import Language

_ORDINAL_ENDS: Final = {1: "st", 2: "nd", 3: "rd"}
_DATE_PARTS: Final = {"y": "year", "m": "month", "d": "day"}
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_CURRENCIES: Final = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "RMB": "¥", "JPY": "¥"}


def said_as(text: str, kind: str, form: str, language: Language) -> str | None:
    """The text as it is to be read; None where there is no such kind.

    Args:
        text: inside the element.
        kind: of `interpret-as`.
        form: of `format`, such as `mdy`; may be empty.
        language: of the text, `en` or `zh`.
    """
    change = _KINDS.get(kind)
    return None if change is None else change(text.strip(), form, language)


def _characters(text: str, form: str, language: Language) -> str:
    letters = [character for character in text if not character.isspace()]
    if language == "zh":
        return "".join(letters)
    # A letter with a stop is an initial, so `A` is not the article.
    return " ".join(f"{letter.upper()}." if letter.isalpha() and letter.isascii() else letter for letter in letters)


def _digits(text: str, form: str, language: Language) -> str:
    spelled = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
    digits = [character for character in text if character.isdigit()]
    return "".join(spelled.get(each, each) for each in digits) if language == "zh" else " ".join(digits)


def _ordinal(text: str, form: str, language: Language) -> str:
    digits = re.sub(r"\D", "", text)
    if not digits:
        return text
    if language == "zh":
        return f"第{digits}"
    number = int(digits[-2:])
    end = "th" if 11 <= number <= 13 else _ORDINAL_ENDS.get(number % 10, "th")
    return f"{digits}{end}"


def _telephone(text: str, form: str, language: Language) -> str:
    groups = re.findall(r"\d+", text)
    if language == "zh":
        return "，".join(_digits(group, "", "zh").replace("一", "幺") for group in groups)
    return ", ".join(" ".join(group) for group in groups)


def _date(text: str, form: str, language: Language) -> str:
    numbers = re.findall(r"\d+", text)
    order = [_DATE_PARTS[letter] for letter in form.lower() if letter in _DATE_PARTS] or (
        ["year", "month", "day"] if numbers and len(numbers[0]) == 4 else ["month", "day", "year"]
    )
    if len(numbers) != len(order):
        return text
    part = dict(zip(order, numbers, strict=True))
    month = int(part.get("month", "1"))
    if not 1 <= month <= 12:
        return text
    if language == "zh":
        signs = {"year": "年", "month": "月", "day": "日"}
        return "".join(f"{part[name]}{signs[name]}" for name in ("year", "month", "day") if name in part)
    day = _ordinal(part["day"], "", "en") if "day" in part else ""
    named = f"{_MONTHS[month - 1]} {day}".strip() if "month" in part else day
    return f"{named}, {part['year']}".strip(", ") if "year" in part else named


def _time(text: str, form: str, language: Language) -> str:
    return re.sub(r"\s+", " ", text)


def _currency(text: str, form: str, language: Language) -> str:
    named = re.sub("|".join(_CURRENCIES), lambda code: _CURRENCIES[code[0]], text)
    return re.sub(r"^([\d.,]+)\s*([$€£¥])$", r"\2\1", re.sub(r"([$€£¥])\s+", r"\1", named))


def _plain(text: str, form: str, language: Language) -> str:
    return text


def _expletive(text: str, form: str, language: Language) -> str:
    return "哔" if language == "zh" else "bleep"


def _cardinal(text: str, form: str, language: Language) -> str:
    return re.sub(r"(?<=\d)[\s,](?=\d{3})", "", text)


_KINDS: Final[dict[str, Callable[[str, str, Language], str]]] = {
    **dict.fromkeys(("characters", "spell-out", "letters", "verbatim"), _characters),
    **dict.fromkeys(("digits", "number_digit", "digit"), _digits),
    **dict.fromkeys(("cardinal", "number"), _cardinal),
    "ordinal": _ordinal,
    **dict.fromkeys(("telephone", "phone"), _telephone),
    "date": _date,
    "time": _time,
    "currency": _currency,
    **dict.fromkeys(
        ("fraction", "unit", "measure", "name", "address", "duration", "number_range", "percentage"), _plain
    ),
    **dict.fromkeys(("expletive", "bleep"), _expletive),
}
