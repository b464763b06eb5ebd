"""English rules for markup, addresses on the net, abbreviations, code and signs."""

import re
from typing import Final

from server.text.rules import Rule, rule

_DOMAINS: Final = (
    "com|org|net|edu|gov|int|mil|info|biz|io|ai|app|dev|me|tv|co|us|uk|eu|de|fr|es|it|nl|se|no|fi|dk|ch|at|be|pl|ru|cn|jp|kr|"
    "in|au|ca|nz|br|mx|za|ie|tech|xyz|online|site|shop|blog|news|wiki|cloud|page|link|museum|travel"
)
_FILES: Final = (
    "py|js|ts|txt|pdf|png|jpe?g|gif|svg|md|json|csv|html?|css|cpp|java|rs|go|rb|sh|mp3|mp4|wav|flac|ogg|zip|tar|gz|exe|docx?|"
    "xlsx?|pptx?|yaml|yml|toml|xml|sql|log|ini|cfg|bat|dll|iso|apk"
)
_SIGNS_IN_ADDRESSES: Final = {
    ".": " dot ",
    "/": " slash ",
    "-": " dash ",
    "_": " underscore ",
    "@": " at ",
    ":": " colon ",
    "?": " question mark ",
    "=": " equals ",
    "&": " and ",
    "#": " hash ",
    "+": " plus ",
    "%": " percent ",
    "~": " tilde ",
}
_SPELLED: Final = frozenset({"www", "uk", "us", "bbc", "cnn", "nhk", "cctv", "html", "css", "js", "md", "cpp", "api"})


def _address(text: str) -> str:
    """An address in words; short labels without a vowel are spelled."""
    words = []
    for part in re.findall(r"[A-Za-z]+|\d+|.", text):
        if part in _SIGNS_IN_ADDRESSES:
            words.append(_SIGNS_IN_ADDRESSES[part].strip())
        elif part.lower() in _SPELLED or (len(part) <= 4 and part.isalpha() and not set(part.lower()) & set("aeiouy")):
            words += list(part.upper() if part.isupper() else part)
        elif part.isalnum():
            words.append(part)
    return " ".join(words)


def _web_address(match: re.Match[str]) -> str:
    address = re.sub(r"^[a-z]+://", "", match["address"], flags=re.IGNORECASE).rstrip("/")
    return _address(address)


MARKUP_RULES: Final[tuple[Rule, ...]] = (
    rule(r"```[A-Za-z0-9+-]*", " "),
    # ![what is seen](address) and [words](address)
    rule(r"!?\[([^\]\[]{1,200})\] ?\([^()\s]{1,500}(?: \"[^\"]{0,200}\")?\)", r"\1"),
    rule(r"^\s*#{1,6}\s+", ""),
    rule(r"^\s*>+\s*", ""),
    rule(r"^\s*[-*+•]\s+(?=\S)", ""),
    rule(r"^\s*\[[ xX]\]\s+", ""),
    rule(r"(\*\*\*|\*\*|__|~~|``?)(?=\S)(.{1,300}?)(?<=\S)\1", r"\2"),
    rule(r"(?<![\w*])\*(?=[^\s*])([^*]{1,300}?)(?<=\S)\*(?![\w*])", r"\1"),
    rule(r"(?<!\w)_(?=[^\s_])([^_]{1,300}?)(?<=\S)_(?!\w)", r"\1"),
    rule(r"<(?:br|hr|p|/p|b|/b|i|/i|em|/em|strong|/strong)\s?/?>", " ", re.IGNORECASE),
    rule(r"&(amp|lt|gt|nbsp|quot);", lambda match: {"amp": "&", "quot": '"'}.get(match[1], " ")),
)
"""Markdown, and the little HTML that is written by hand."""

ADDRESS_RULES: Final[tuple[Rule, ...]] = (
    rule(
        r"(?<![\w.])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b",
        lambda match: _address(match[0]),
    ),
    rule(r"\b(?P<address>(?:https?|ftp)://[^\s<>\"']{1,300}?)(?=[.,;:!?)\]]*(?:\s|$))", _web_address, re.IGNORECASE),
    rule(
        rf"(?<![\w@.])(?P<address>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.)+(?:{_DOMAINS})\b"
        r"(?:[:/?#][^\s<>\"']{0,300}?)?)(?=[.,;:!?)\]]*(?:\s|$))",
        _web_address,
        re.IGNORECASE,
    ),
    rule(
        rf"(?<![\w./])(?P<name>[\w-]+(?:\.[\w-]+)*\.(?:{_FILES}))\b(?![\w/])",
        lambda match: _address(match["name"]),
        re.IGNORECASE,
    ),
)
"""E-mail, the web, files."""

_SHORT: Final = {
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "et cetera",
    "approx.": "approximately",
    "a.k.a.": "also known as",
    "et al.": "and others",
    "w/o": "without",
    "w/": "with",
    "b/c": "because",
    "vs.": "versus",
    "dept.": "department",
    "est.": "established",
    "incl.": "including",
    "excl.": "excluding",
    "esp.": "especially",
    "govt.": "government",
    "intl.": "international",
    "misc.": "miscellaneous",
    "tel.": "telephone",
    "temp.": "temperature",
    "apt.": "apartment",
    "ave.": "avenue",
    "blvd.": "boulevard",
    "rd.": "road",
    "hwy.": "highway",
    "bldg.": "building",
    "assn.": "association",
    "bros.": "brothers",
    "corp.": "corporation",
    "inc.": "incorporated",
    "ltd.": "limited",
    "univ.": "university",
    "sgt.": "sergeant",
    "lt.": "lieutenant",
    "col.": "colonel",
    "capt.": "captain",
    "gen.": "general",
    "sen.": "senator",
    "rev.": "reverend",
    "hon.": "honorable",
    "mr.": "mister",
    "ms.": "miz",
}
_TITLES: Final = frozenset({"mr.", "ms.", "col.", "gen.", "rev.", "hon.", "sen.", "lt.", "capt."})
_BEFORE_A_NUMBER: Final = {
    "p.": "page",
    "pp.": "pages",
    "ch.": "chapter",
    "sec.": "section",
    "fig.": "figure",
    "figs.": "figures",
    "eq.": "equation",
    "vol.": "volume",
    "no.": "number",
    "nos.": "numbers",
    "art.": "article",
    "ref.": "reference",
    "rm.": "room",
    "ext.": "extension",
    "ver.": "version",
    "v.": "version",
    "ca.": "about",
    "c.": "about",
    "max.": "maximum",
    "min.": "minimum",
    "avg.": "average",
    "par.": "paragraph",
    "app.": "appendix",
    "tab.": "table",
}
_ENDS_A_SENTENCE: Final = frozenset(
    {"etc.", "inc.", "ltd.", "corp.", "bros.", "ave.", "blvd.", "rd.", "et al.", "a.k.a."}
)


def _short(match: re.Match[str]) -> str:
    written = match[0].lower()
    if (match[0].isupper() and len(written) > 3) or (written in _TITLES and not match[0][0].isupper()):
        return match[0]  # EST is a time zone, ms a measure
    spelled = _SHORT[written]
    if match[0][0].isupper():
        spelled = spelled.capitalize()
    # Where it ends the sentence, its stop ends it too.
    return f"{spelled}." if written in _ENDS_A_SENTENCE and not match.string[match.end() :].strip("\"')” ") else spelled


def _alternatives(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_PLURAL_DIGITS: Final = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")
_SAID_AS_WORDS: Final = "PIN|RAM|ROM|GIF|JPEG|LAN|WAN|SIM|SWAT|LASER|RADAR"

WORD_RULES: Final[tuple[Rule, ...]] = (
    rule(rf"(?<![\w.])(?:{_alternatives(_SHORT)})(?!\w)", _short, re.IGNORECASE),
    rule(
        rf"(?<![\w.])(?:{_alternatives(_BEFORE_A_NUMBER)})\s?(?=\d)",
        lambda match: f"{_BEFORE_A_NUMBER[match[0].strip().lower()]} ",
        re.IGNORECASE,
    ),
    rule(r"\bAI\b", "A I"),
    # DVDs, MP3s, the 1990s are left to others
    rule(rf"\b(?!(?:{_SAID_AS_WORDS})s)([A-Z]{{2,5}})s\b", lambda match: f"{' '.join(match[1])}s"),
    rule(r"\b([A-Z]{2,4})(\d)s\b", lambda match: f"{' '.join(match[1])} {_PLURAL_DIGITS[int(match[2])]}"),
    rule(r"\b([A-Z]{2})(\d{2,4})\b", lambda match: f"{' '.join(match[1])} {match[2]}"),
    rule(r"(?<=\d)(\s?)(AD|BC|BCE|CE)\b", lambda match: f" {' '.join(match[2])}"),
    rule(r"\b(AD)(?=\s\d)", "A D"),
    rule(r"\band/or\b", "and or"),
    rule(r"\b(he|she|his|her|him|hers)/(he|she|his|her|him|hers|they|them)\b", r"\1 or \2", re.IGNORECASE),
    rule(r"(?<=[a-z])\.(?=[A-Z][a-z])", ". "),
)
"""Abbreviations and acronyms, and where hibari reads them as words."""

SIGN_RULES: Final[tuple[Rule, ...]] = (
    rule(r"\s?===?\s?", " equals "),
    rule(r"\s?!==?\s?", " does not equal "),
    rule(r"(?<=\S)\s?(?:>=|≥)\s?(?=\S)", " is at least "),
    rule(r"(?<=\S)\s?(?:<=|≤)\s?(?=\S)", " is at most "),
    rule(r"(?<=\S)\s?≠\s?(?=\S)", " does not equal "),
    rule(r"(?<=\S)\s?≈\s?(?=\S)", " is about "),
    rule(r"(?<=\w)\s?(?:->|=>|→|⇒)\s?(?=\w)", " to "),
    rule(r"(?<=\w) > (?=\w)", " is greater than "),
    rule(r"(?<=\w) < (?=\w)", " is less than "),
    rule(r"(?<!\w)~\s?(?=\d)", "about "),
    rule(r"±\s?", " plus or minus "),
    rule(r"√\s?(?=\w)", " the square root of "),
    rule(r"∞", " infinity "),
    rule(r"π", " pi "),
    rule(r"(?<=[A-Za-z])²|\^2\b", " squared"),
    rule(r"(?<=[A-Za-z])³|\^3\b", " cubed"),
    rule(r"(\w)\^(\d+)\b", r"\1 to the power of \2"),
    rule(r"(?<=\d)\s?[xX]\s?(?=\d)", " by "),
    rule(r"(?<=[\w)])\s?×\s?(?=[\w(])", " times "),
    rule(r"§\s?(?=\d)", "section "),
    rule(r"\b(\w+)\(\)", r"\1"),
    rule(r"--+", " — "),
    rule(r"(?<=[A-Za-z])_(?=[A-Za-z0-9])", " "),
    rule(r"[★☆]", " stars "),
    rule(r"©|®|™", " "),
    rule(r"~~+|\*\*+|[|\\{}<>]", " "),
)
"""What is left of signs when figures are spelled."""
