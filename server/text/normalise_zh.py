"""What is written in digits and signs, spelled in Han characters as a Mandarin reader says it.

Rules in order, each turning what it knows into Han characters, so that the later and more general ones leave it alone.
Dates, times, years, money, percentages, ranges, fractions, telephone numbers, the commonest units, then plain numbers.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

import cn2an

from server.text.aligned import Aligned
from server.text.language import LATIN


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in pairs.split())


def _alternatives(words: Mapping[str, str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


PLACEHOLDER: Final = "\ue000"
"""Stands where words in Latin letters were taken out of the text, to be read as English."""

_DIGITS: Final = "零一二三四五六七八九"
_MAX_CARDINAL_DIGITS: Final = 16
"""cn2an counts up to here."""
_UNITS: Final = _table(
    "km/h:公里每小时 m/s:米每秒 km:公里 cm:厘米 mm:毫米 m:米 kg:公斤 mg:毫克 g:克 ml:毫升 mL:毫升 L:升 "
    "m²:平方米 m2:平方米 ㎡:平方米 km²:平方公里 m³:立方米 °:度 h:小时 min:分钟 s:秒 ms:毫秒 "
    "kW:千瓦 W:瓦 V:伏 Hz:赫兹 kHz:千赫 MHz:兆赫 GHz:吉赫"
)
_DEGREES: Final = _table("℃:摄氏度 °C:摄氏度 ℉:华氏度 °F:华氏度")
_CURRENCIES: Final = _table("￥:元 ¥:元 $:美元 €:欧元 £:英镑")
_OPERATORS: Final = _table("+:加 =:等于 ×:乘以 *:乘以 ÷:除以")
_RELATIONS: Final = _table(">:大于 <:小于 ≥:大于等于 ≤:小于等于 ≠:不等于 ≈:约等于")
_DOLLARS: Final = _table("US:美元 HK:港元 NT:新台币 A:澳元 C:加元 NZ:新西兰元 S:新加坡元")
# Before these 2 is 两, not 二: measure words and units, but neither months and days nor what is counted in order.
_MEASURES: Final = (
    "个|只|条|张|块|瓶|杯|份|本|辆|台|匹|头|位|亩|小时|分钟|秒|天|年|次|种|件|座|所|间|家|名|人|口|双|对|套|遍|场|"
    "把|支|枝|根|棵|颗|片|段|句|首|封|架|艘|层|倍|公里|公斤|千克|米|克|吨|升|元|美元|欧元|英镑|周|星期|万|亿|千|岁|"
    "部|篇|碗|盒|箱|袋|包|顿|门|群|批|步|下|点|斤|里|丈|尺|毫升|毫米|厘米|千米|平方米|立方米|平方公里|公顷|光年|块钱|毛|"
    "角|钟头|晚|夜|圈|排|列|行|册|页|幅|粒|滴|堆|串|桶|壶|罐|盘|锅|勺|股|阵|届|轮|局|集|季|期|笔|样|类|款|栋|幢|扇|面|"
    "节|课|餐|刻钟|摄氏度|度|G|T"
)

NUMBER: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
"""A regular expression for digits with thousands' commas and decimals; no groups."""
MANDARIN_UNIT: Final = _alternatives(_UNITS | _DEGREES)
"""A regular expression for the units that are read in Mandarin after a number; no groups."""


def _spell_digits(digits: str, *, one: str = "一") -> str:
    return "".join(one if digit == "1" else _DIGITS[int(digit)] for digit in digits)


def _cardinal(number: str) -> str:
    """`1,234.50` as 一千二百三十四点五零; digit by digit where it is no quantity: 007, or too long to be counted."""
    whole, _, fraction = number.replace(",", "").partition(".")
    if len(whole) > _MAX_CARDINAL_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        spoken = _spell_digits(whole)
    else:
        spoken = re.sub("^二(?=[千万亿])", "两", str(cn2an.an2cn(whole, "low")))
    return f"{spoken}点{_spell_digits(fraction)}" if fraction else spoken


def _quantity(number: str) -> str:
    """A number in front of a measure word."""
    return "两" if number == "2" else _cardinal(number)


def _date(match: re.Match[str]) -> str:
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return f"{_spell_digits(match['year'])}年{_cardinal(str(month))}月{_cardinal(str(day))}日"


def _clock(hour: str, minute: str, second: str | None) -> str:
    spoken = _quantity(str(int(hour))) + "点"
    if minute != "00" or second:
        spoken += ("零" if minute[0] == "0" and minute != "00" else "") + _cardinal(str(int(minute))) + "分"
    return spoken + (f"{_cardinal(str(int(second)))}秒" if second else "")


def _time(match: re.Match[str]) -> str:
    spoken = _clock(match["hour"], match["minute"], match["second"])
    return f"到{spoken}" if match["dash"] else spoken


def _money(match: re.Match[str]) -> str:
    number = match["number"]
    if "." in number:  # 128.50 is 一百二十八点五
        number = number.rstrip("0").rstrip(".")
    big = match["big"] or ""
    unit = _CURRENCIES[match["sign"]]
    return (_cardinal(number) if big else _quantity(number)) + big + unit


def _percent(match: re.Match[str]) -> str:
    share = {"%": "百分之", "‰": "千分之"}[match["sign"]]
    first = f"{share}{_signed(match['first'])}到" if match["first"] else ""
    last = "百" if match[0] == "100%" else _signed(match["number"])
    return f"{first}{share}{last}"


def _signed(number: str) -> str:
    return "负" + _cardinal(number[1:]) if number[0] in "-−" else _cardinal(number)


def _temperature(match: re.Match[str]) -> str:
    return ("零下" if match["minus"] else "") + _cardinal(match["number"]) + _DEGREES[match["unit"]]


def _range_start(match: re.Match[str]) -> str:
    is_counted = not match["minus"] and re.match(rf"{NUMBER}\s?(?:{_MEASURES})", match.string[match.end() :])
    first = _quantity(match["number"]) if is_counted else _cardinal(match["number"])
    return ("负" if match["minus"] else "") + first + ("至" if "至" in match[0] else "到")


def _telephone(match: re.Match[str]) -> str:
    # 一 sounds like 七 on a bad line, so in telephone numbers it is 幺.
    return "，".join(_spell_digits(group, one="幺") for group in re.findall("[0-9]+", match[0]))


def _code(match: re.Match[str]) -> str:
    """Figures that name something are said one by one, 1 as 幺."""
    return match["before"] + _spell_digits(match["digits"], one="幺")


def _vulgar(match: re.Match[str]) -> str:
    above, _, below = unicodedata.normalize("NFKC", match["sign"]).partition("\u2044")
    if not (above and below):
        return match[0]
    part = f"{_cardinal(below)}分之{_cardinal(above)}"
    return f"{_cardinal(match['whole'])}又{part}" if match["whole"] else part


def _long_digits(match: re.Match[str]) -> str:
    # Nine digits and more without a comma name something, unless they are round.
    return _cardinal(match[0]) if match[0].endswith("0000") and match[0][0] != "0" else _spell_digits(match[0])


_DASH: Final = "[-–—~～−至到]"
_MINUTE: Final = "[0-5][0-9]"
_NO_NUMBER_BEFORE: Final = r"(?<![0-9.,])"
_NO_NUMBER_AFTER: Final = r"(?![0-9]|[.,][0-9])"
_MINUS: Final = rf"(?<![0-9{LATIN}{PLACEHOLDER}])[-−]"
_HAN: Final = "[\u4e00-\u9fff]"
_RULES: Final[tuple[tuple[str, Callable[[re.Match[str]], str]], ...]] = (
    # 第Ⅱ章, ½, 1½
    (r"[Ⅰ-Ⅻⅰ-ⅻ]", lambda sign: str(int(unicodedata.numeric(sign[0])))),
    (r"(?P<whole>[0-9]*)(?P<sign>[¼-¾⅐-⅞])", _vulgar),
    (r"(?<=[0-9])★+", lambda _: "星"),
    # #话题#, @小明, 男/女, 张三&李四
    (rf"#({_HAN}[^#\s]{{0,30}})#", lambda topic: topic[1]),
    (rf"@(?={_HAN})", lambda _: "艾特"),
    (rf"(?<={_HAN})/(?={_HAN})", lambda _: "或"),
    (rf"(?<={_HAN})\s?&\s?(?={_HAN})", lambda _: "和"),
    # x>5, ±2, 5²
    (rf"\s?({_alternatives(_RELATIONS)})=?\s?(?=[0-9{PLACEHOLDER}])", lambda sign: _RELATIONS[sign[1]]),
    (r"±", lambda _: "正负"),
    (r"(?<![A-Za-z])²", lambda _: "的平方"),
    (r"(?<![A-Za-z])³", lambda _: "的立方"),
    # What names: 拨打110, 验证码是8421, 邮编100084, G102次, 航班CA1234, 波音747
    (
        r"(?P<before>(?:拨打?|电话|热线|客服|报警|火警|急救|匪警|验证码|校验码|密码|邮编|邮政编码|工号|学号|编号|账号|帐号|"
        r"卡号|证号|身份证号码?|车牌号?|尾号|口令|手机号?|分机号?|代码)(?:号码?|电话)?[是为：:]?\s?)"
        r"(?P<digits>[0-9]{3,20})(?![0-9]|[.,年月日个条名人元-])",
        _code,
    ),
    (rf"(?P<before>{PLACEHOLDER}|(?<![0-9]))(?P<digits>[0-9]{{3,4}})(?=次(?:列车|高铁|动车|航班|车))", _code),
    (rf"(?P<before>航班号?[是为：:]?{PLACEHOLDER})(?P<digits>[0-9]{{2,4}})", _code),
    (
        r"(?P<before>波音|空客|空中客车)(?P<digits>[0-9]{3})",
        lambda name: name["before"] + _spell_digits(name["digits"]),
    ),
    # 5月1日-5日
    (r"(?<=[年月日号点分时])\s?[-–—~～]\s?(?=[0-9])", lambda _: "到"),
    # 2024-05-06
    (
        rf"{_NO_NUMBER_BEFORE}(?P<year>[12][0-9]{{3}})(?P<part>[-/.])(?P<month>[0-9]{{1,2}})(?P=part)"
        rf"(?P<day>[0-9]{{1,2}}){_NO_NUMBER_AFTER}",
        _date,
    ),
    (
        r"(?<=[例分率值])([是为约：:]?)([0-9]+)[:：]([0-9]+)(?![0-9]|[:：])",
        lambda ratio: f"{ratio[1]}{_cardinal(ratio[2])}比{_cardinal(ratio[3])}",
    ),
    # 8:30, 8:30:15, 8:30-10:00
    (
        rf"(?P<dash>(?<=:{_MINUTE}){_DASH})?(?<![0-9.:])(?P<hour>[01]?[0-9]|2[0-4])[:：](?P<minute>{_MINUTE})"
        rf"(?:[:：](?P<second>{_MINUTE}))?(?![0-9]|[:：][0-9])",
        _time,
    ),
    # 2019-2024年, 2024年 (but 2000年前), 98年3月
    (
        rf"(?<![0-9.])([12][0-9]{{3}}){_DASH}([12][0-9]{{3}})(?=年)",
        lambda years: f"{_spell_digits(years[1])}{'至' if '至' in years[0] else '到'}{_spell_digits(years[2])}",
    ),
    (r"(?<![0-9.])[12][0-9]{3}(?=年(?!前|来|间|以|之|的历史))", lambda year: _spell_digits(year[0])),
    (r"(?<![0-9.])[0-9]{2}(?=年[0-9]{1,2}月)", lambda year: _spell_digits(year[0])),
    (
        r"(?<![0-9.过了等近约满有第])[5-9][0-9](?=年[毕出入生考结参当初底冬春夏秋上中那])",
        lambda year: _spell_digits(year[0]),
    ),
    # ￥128.50, $3亿
    (
        rf"(?P<sign>{_alternatives(_CURRENCIES)})\s?(?P<number>{NUMBER})\s?(?P<big>[百千万亿]+)?"
        rf"(?:{'|'.join(_CURRENCIES.values())})?",
        _money,
    ),
    # 20%, 10%-20%, ‰
    (rf"(?:(?P<first>[-−]?{NUMBER})%?{_DASH})?(?P<number>(?<![0-9])[-−]?{NUMBER})\s?(?P<sign>[%‰])", _percent),
    # -5℃
    (rf"(?P<minus>{_MINUS})?(?P<number>{NUMBER})\s?(?P<unit>{_alternatives(_DEGREES)})", _temperature),
    # 13812345678, 010-12345678, 400-123-4567
    (
        r"(?<![0-9])(?:1[3-9][0-9]-?[0-9]{4}-?[0-9]{4}|0[0-9]{2,3}-[0-9]{7,8}|[48]00-[0-9]{3,4}-[0-9]{3,4})(?![0-9])",
        _telephone,
    ),
    (rf"{_NO_NUMBER_BEFORE}[0-9]{{9,}}{_NO_NUMBER_AFTER}", _long_digits),
    # Version 1.2.3
    (r"(?<![0-9.])[0-9]+(?:\.[0-9]+){2,}", lambda parts: "点".join(map(_cardinal, parts[0].split(".")))),
    # 10-4=6, 3-0完胜, 比例为1:10
    (r"(?<![0-9.])([0-9]+)\s?-\s?([0-9]+)(?=\s?=)", lambda sum_: f"{_cardinal(sum_[1])}减{_cardinal(sum_[2])}"),
    (r"\s?=\s?(?=[0-9])", lambda _: "等于"),
    (
        r"(?<![0-9.])([0-9]{1,3})[-–:：]([0-9]{1,3})(?=[完大小险战]?[胜负平]|获胜|击败|领先|落后|逆转|告负|取胜)",
        lambda score: f"{_cardinal(score[1])}比{_cardinal(score[2])}",
    ),
    # 3-5个, -5到3度
    (rf"(?P<minus>{_MINUS})?(?P<number>{NUMBER})\s?{_DASH}\s?(?=[-−]?{NUMBER})", _range_start),
    # Scores 3:2, fractions 1/2, sums 3+5=8
    (r"(?<![0-9.])([0-9]+)[:：]([0-9]+)(?![0-9])", lambda score: f"{_cardinal(score[1])}比{_cardinal(score[2])}"),
    (r"(?<![0-9.])([0-9]+)/([1-9][0-9]*)(?![0-9.])", lambda part: f"{_cardinal(part[2])}分之{_cardinal(part[1])}"),
    (rf"(?<=[0-9])\s?({_alternatives(_OPERATORS)})\s?(?=[0-9])", lambda sign: _OPERATORS[sign[1]]),
    # 5 km
    (
        rf"(?<![0-9.])({NUMBER})\s?({_alternatives(_UNITS)})(?![{LATIN}0-9])",
        lambda quantity: _quantity(quantity[1]) + _UNITS[quantity[2]],
    ),
    # Bus 302, room 1203
    (r"(?<![0-9])[0-9]{3,4}(?=路|室|房)", lambda name: _spell_digits(name[0], one="幺")),
    (rf"(?<![0-9.第])2(?={_MEASURES})", lambda _: "两"),
    (rf"{_MINUS}(?={NUMBER})", lambda _: "负"),
    (NUMBER, lambda number: _cardinal(number[0])),
)
_FIGURES = re.compile(r"[\d¼-¾⅐-⅞Ⅰ-ⅿ★#@/&><≥≤≠≈±²³%‰]")
_COMPILED: Final = tuple((re.compile(pattern), spell) for pattern, spell in _RULES)


BEFORE_ENGLISH: Final = (
    (
        re.compile(rf"({_alternatives(_DOLLARS)})\$\s?({NUMBER})\s?([百千万亿]*)"),
        lambda money: f"{money[2]}{money[3]}{_DOLLARS[money[1]]}",
    ),
    (re.compile(r"\bNo\.\s?(?=[0-9])"), lambda _: "第"),
)
"""What has Latin letters in it and is Mandarin nevertheless: US$500, No.1."""


def normalise_mandarin(text: Aligned) -> Aligned:
    """Spell all digits of a Mandarin text in Han characters; `text` has gone through `plain_characters`.

    What is no number stays as it is. Never fails: digits that fit no rule are read as a plain number or one by one.
    """
    if not _FIGURES.search(text.text):
        return text
    for pattern, spell in _COMPILED:
        text = text.sub(pattern, spell)
    return text
