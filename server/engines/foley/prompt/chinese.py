"""Chinese: how characters stand together, what forbids, how strong, of what."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from server.engines.foley.prompt.grammar import Grammar, MaterialWord
from server.engines.foley.prompt.rules import Writing, read_rules

_CHARACTER: Final = "[^ ,;.]"
_WRITING: Final = Writing(
    item=lambda alternatives: f"(?:{'|'.join(sorted(alternatives.split('|'), key=len, reverse=True))})",
    beside="[的了着过在]?",
    apart=f"{_CHARACTER}{{0,6}}?",
    word_weight=0,
)
# To the end of the clause, on over the items of a list; not into what is wanted after all.
_SCOPE: Final = (
    "(?P<scope>(?:(?!只要|只有|只留|只保留|仅|但|而是|保留|还有|就好|就行)"
    rf"(?:{_CHARACTER}| ; )){{1,24}})"
)
_UNTIL_OF: Final = _SCOPE.replace("(?!", "(?!的(?!声|叫|音|鸣|响)|", 1)
_ABSENT: Final = "没有|没|无需|无|不带|不含"
_FORBID: Final = (
    "不要|不想要|不需要|不用|不加|不能有|不许有|不可以有|不该有|不希望有|不想听到|不想听|别加|别放|别让|别有"
    "|别出现|别要|别"
    "|去掉|去除|除去|删掉|删除|排除|屏蔽|关掉|静音|禁止|避免|拒绝|省略|拿掉|减去|莫要|勿加|勿|免去|剔除|忽略"
    "|不得有|不出现|不配|不放"
)

_SMALL: Final = """
的 了 在 是 有 和 与 着 声音 声 一 个 上 下 里 把 被 从
到 地 得 又 还 也 就 都 很 我 你 他 她 它 们 这 那 要 加 请 音效
一个 然后 有人 同时 以及 一声 视频 画面 正在 老 小 大 男人 女人 男 女 人 们 音 响 发出 传来
配 给 为 一些 伴随 穿 过
"""
_DEGREES: Final = (
    (0.95, "巨大|震耳欲聋|惊天动地|超大|极大|剧烈|极强|最大"),
    (
        0.8,
        "很大|特别响|强风|强烈|猛烈|响亮|大声|重重|狠狠|用力|激烈|沉重|厚重|强劲|凶猛|轰隆|很响|很重|很强|大作"
        "|使劲|嘹亮|刺耳|越来越大|巨|狂|暴|强|大",
    ),
    (0.4, "一点点|一点|些许|有点|稍微|适中|偶尔|小"),
    (
        0.25,
        "轻轻|轻柔|隐约|隐隐约约|隐隐|微弱|轻微|柔和|远处|远方|很轻|很小|小声|淡淡|细微|温柔|轻声|若有若无|遥远"
        "|远远|低沉|不远处|悄悄|微微|轻"
        "|微|淡|弱|柔",
    ),
)
_MATERIALS: Final = (
    ("木地板|木箱|木质|木头|木板|木制|木桌|木门|木|实木|竹", "wood"),
    ("金属|铁皮|钥匙|铁|钢|铜|铝|铁皮|铁板|不锈钢|铁栅", "metal"),
    ("玻璃|水晶|玻璃珠|玻璃瓶", "glass"),
    ("石头|石板|大理石|石地|瓷砖|砖地|岩石|石|青石|花岗岩|地砖", "stone concrete"),
    ("水泥|混凝土|柏油|沥青|人行道|马路|柏油路", "concrete stone"),
    ("陶瓷|瓷|陶", "ceramic"),
    ("塑料|橡胶", "plastic"),
    ("纸箱|纸板|纸盒|快递|包裹", "cardboard"),
    ("柔软|皮革|海绵|软", "soft"),
    ("地毯|毯子", "carpet soft"),
    ("草地|草坪|草丛|草原|草", "grass"),
    ("碎石|石子|砾石|砂石|鹅卵石|石子路", "gravel"),
    ("泥地|泥|泥泞|土路|泥土|泥巴|土", "dirt"),
    ("沙滩|沙地|沙漠|沙子|沙", "sand"),
    ("雪地|积雪|雪|冰面", "snow"),
    ("水坑|水洼|浅水|水里|积水", "water"),
    ("落叶|树叶|枯叶|枯枝|叶子", "leaves"),
)
_THINGS: Final = (
    ("硬币|钥匙|钉子|锤子|铁管|锅|勺|铁锤|扳手|链|刀|剑|盆|易拉罐|汽车|哑铃|杠铃|车", "metal"),
    ("碗|盘子|盘|花瓶|花盆|茶杯|茶壶|碟|(?<!玻璃)(?<!酒)杯", "ceramic"),
    ("瓶|窗|冰块|弹珠|酒杯|玻璃杯", "glass"),
    ("球|玩具|骰子|手机|滑板|行李箱", "plastic"),
    ("箱|盒|包裹|书|快递", "cardboard"),
    ("人倒|身体|枕头|沙发|包|垫|摔倒|倒地|人", "soft"),
    ("积木|桌|椅|树|柴|门|柜|圆木|骨牌|筷子|棍", "wood"),
    ("砖|巨石|石块|墙|地面|地上", "stone"),
    ("走廊|街|路|停车场|车库|地下", "concrete"),
    ("楼梯|阁楼|舞台", "wood"),
    ("森林|树林|秋天", "leaves"),
    ("公园|田野|花园|田", "grass"),
    ("海滩|海边", "sand"),
    ("冬天|冬日", "snow"),
    ("卧室", "carpet"),
)


_ROOMS: Final = (
    ("车里|车内|车厢里|驾驶室", "car"),
    ("浴室|卫生间|厕所|洗手间|澡堂", "bathroom"),
    ("山洞|洞穴|隧道|矿井|地下道|岩洞|溶洞|下水道", "cave"),
    ("大厅|教堂|体育馆|走廊|仓库|楼道|楼梯间|车库|剧院|寺庙|博物馆|礼堂|机场|工厂|商场|城堡|大堂", "hall"),
    ("森林|树林|丛林|竹林|雨林", "forest"),
    ("街|城市|巷|人行道|马路|胡同", "street"),
    (
        "房间|屋里|室内|卧室|办公室|厨房|客厅|教室|图书馆|家里|书房|餐厅|咖啡|宿舍|酒店|地下室|屋子|店里|医院|工作室",
        "room",
    ),
    ("室外|户外|野外|田|海|沙滩|山|沙漠|公园|花园|湖|草原|农场", "outdoors"),
)


@cache
def chinese() -> Grammar:
    """The grammar; read on the first call, tens of milliseconds."""
    return Grammar(
        rules=read_rules(Path(__file__).with_name("chinese.txt"), _WRITING),
        harmless=re.compile(
            "不停|不断|不时|不小心|不止|不只|不仅|不但|不光|不同|不远|不久|不一会|不少|不知|不紧不慢|不慌不忙"
            "|没多久|特别|分别|级别|告别|别墅|区别|个别"
            "|无人机|无线|无数|无尽|无边|无比|没完没了|忍不住|别忘了|别忘记|别漏了|不要忘|不要停|不能少"
            "|不能没有|少不了|没人|无人|没有人(?!声)"
            "|除了[^,.]{1,16}?(?: , )?(?:其他|其它|别的|什么)[^,.]{0,4}(?:不要|不需要|没有|不用|去掉)"
            "|(?:不要|别|不用|不能)(?:太|那么|这么|过于|过)[^ ,;.]{0,3}"
            "|除了[^ .]{1,12}?(?: , )?[^ ,.]{0,2}(?:还有|还要|也有|也要|另外)"
        ),
        negations=(
            re.compile(f"(?:{_FORBID}){_SCOPE}"),
            re.compile(f"(?:{_ABSENT}){_UNTIL_OF}"),
            re.compile("除了(?P<scope>[^,.]{1,16}?)(?:之外|以外|外)?(?: , )?(?:其他|其它|别的|什么|剩下|全|都)"),
            re.compile("[把将](?P<scope>[^,.]{1,12}?)(?:去掉|去除|删掉|删除|关掉|关了|静音|拿掉|除去|屏蔽|排除|剔除)"),
            re.compile(
                r"(?P<scope>[^ ,;.就都也]{1,8})[就都也]?(?:不要|不需要|不用|去掉|关掉|静音|免了|除外|不能有"
                r"|禁止)(?:了|出现|有)?(?= [,.;]| $)"
            ),
        ),
        only=re.compile(
            "(?<!不)(?:只要|只有|只需|只留|只保留|仅|光要|单独的|纯|就要|只听|只想|只能|只含|只放)"
            "|除了[^,.]{1,16}(?: , )?(?:其他|其它|别的|什么)[^,.]{0,4}(?:不要|不需要|没有|不用|去掉)"
            "|其他[^,.]{0,3}不要|其他声音[^,.]{0,3}去掉|别的[^,.]{0,3}不要"
        ),
        background=re.compile("背景音|背景声|背景|环境音|环境声|氛围音|底噪|环境"),
        groups={
            "dog birds rooster crickets": re.compile("动物"),
            "rain wind thunder": re.compile("天气"),
            "car engine": re.compile("机动车"),
            "car city": re.compile("交通"),
        },
        degrees=tuple((_longest_first(words), degree) for degree, words in _DEGREES),
        more=re.compile("(?:很|非常|特别|极其|十分|超级|太|极|异常|越来越)$"),
        less=re.compile("(?:不要太|别太|不太|不要|别|不用太|不是很|不怎么|不能太|不那么|不要那么|不要过于|不)$"),
        materials=tuple(
            MaterialWord(_longest_first(words), tuple(materials.split()), is_thing)
            for is_thing, table in ((False, _MATERIALS), (True, _THINGS))
            for words, materials in table
        ),
        surface=re.compile("(?:在|到|着|过|上|于|进)(?:一块|一张|一片|这|那|厚厚|湿|的){0,2}$"),
        rooms=tuple((_longest_first(words), room) for words, room in _ROOMS),
        counts=tuple(
            (re.compile(f"(?:{number})(?:声|下|次|响|回|记|遍|个)"), count)
            for number, count in (("一|1", 1), ("两|二|2", 2), ("三|3|几|数", 3), ("四|4|好几", 4), ("五|5", 5))
        ),
        small_words=frozenset(_SMALL.split()),
        characters_per_word=1.7,
    )


def _longest_first(words: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(words.split("|"), key=len, reverse=True)))
