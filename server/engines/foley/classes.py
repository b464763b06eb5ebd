"""Every sound that can be asked for, by what people call it."""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["hit", "step", "spot", "bed"]
"""hit and step: sudden, one for each event. spot: has an onset and lasts. bed: lies under a whole scene."""

HARD: Final = ("wood", "metal", "glass", "stone", "ceramic", "plastic", "cardboard", "soft")
GROUND: Final = ("concrete", "wood", "grass", "gravel", "dirt", "sand", "snow", "metal", "carpet", "water", "leaves")


@dataclass(frozen=True, slots=True)
class SoundClass:
    """One kind of sound."""

    id: str
    kind: Kind
    english: str
    chinese: str
    materials: tuple[str, ...] = ()
    """What it can be made of; the first where nothing tells."""


CLASSES: Final[tuple[SoundClass, ...]] = (
    SoundClass("impact", "hit", "impact", "撞击", HARD),
    SoundClass("footstep", "step", "footsteps", "脚步", GROUND),
    SoundClass("knock", "hit", "knock on a door", "敲门", ("wood", "metal", "glass")),
    SoundClass("door_open", "spot", "door opening", "开门"),
    SoundClass("door_close", "hit", "door closing", "关门"),
    SoundClass("door_creak", "spot", "creaking door", "门吱呀"),
    SoundClass("glass_break", "hit", "breaking glass", "玻璃破碎"),
    SoundClass("punch", "hit", "punch", "拳击"),
    SoundClass("clap", "hit", "hand clap", "拍手"),
    SoundClass("gunshot", "hit", "gunshot", "枪声"),
    SoundClass("explosion", "hit", "explosion", "爆炸"),
    SoundClass("splash", "hit", "splash", "水花"),
    SoundClass("drip", "hit", "dripping water", "滴水"),
    SoundClass("switch", "hit", "switch or click", "开关"),
    SoundClass("bell", "hit", "bell", "铃声"),
    SoundClass("whoosh", "spot", "whoosh", "呼啸"),
    SoundClass("rolling", "spot", "rolling", "滚动", HARD),
    SoundClass("sliding", "spot", "sliding and scraping", "滑动摩擦", HARD),
    SoundClass("cloth", "spot", "rustling cloth", "衣物摩擦"),
    SoundClass("paper", "spot", "rustling paper", "翻纸"),
    SoundClass("typing", "spot", "typing on a keyboard", "打字"),
    SoundClass("pour", "spot", "pouring water", "倒水"),
    SoundClass("bubbles", "spot", "bubbles", "气泡"),
    SoundClass("rain", "bed", "rain", "雨"),
    SoundClass("wind", "bed", "wind", "风"),
    SoundClass("sea", "bed", "sea waves", "海浪"),
    SoundClass("stream", "bed", "running water", "流水"),
    SoundClass("fire", "bed", "crackling fire", "火"),
    SoundClass("thunder", "spot", "thunder", "雷"),
    SoundClass("engine", "bed", "engine", "发动机"),
    SoundClass("car", "bed", "car", "汽车"),
    SoundClass("train", "bed", "train", "火车"),
    SoundClass("helicopter", "bed", "helicopter", "直升机"),
    SoundClass("airplane", "bed", "airplane", "飞机"),
    SoundClass("chainsaw", "bed", "chainsaw", "电锯"),
    SoundClass("city", "bed", "city street without voices", "城市街道"),
    SoundClass("forest", "bed", "forest", "森林"),
    SoundClass("room", "bed", "quiet room", "安静的房间"),
    SoundClass("machine", "bed", "machine hum", "机器嗡鸣"),
    SoundClass("birds", "bed", "birds", "鸟鸣"),
    SoundClass("crickets", "bed", "crickets at night", "蟋蟀"),
    SoundClass("dog", "spot", "barking dog", "狗叫"),
    SoundClass("rooster", "spot", "crowing rooster", "公鸡打鸣"),
    SoundClass("baby", "spot", "crying baby", "婴儿哭"),
    SoundClass("sneeze", "spot", "sneeze", "打喷嚏"),
    SoundClass("clock", "bed", "ticking clock", "钟表滴答"),
    SoundClass("siren", "bed", "siren", "警笛"),
    SoundClass("horn", "spot", "car horn", "汽车喇叭"),
)

CLASS: Final = {sound.id: sound for sound in CLASSES}
