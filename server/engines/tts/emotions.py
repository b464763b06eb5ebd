"""Emotions as points in what a voice does: how high, how lively, how loud, how fast, how long it rests.

The directions are those of the acoustic correlates in Juslin and Laukka 2003 (doi:10.1037/0033-2909.129.5.770, table 7)
and Scherer 2003 (doi:10.1016/S0167-6393(02)00084-5); the sizes keep every word as plain as without.
"""

from dataclasses import dataclass
from typing import Final

from server.audio.prosody import Prosody
from server.text.manner import Manner


@dataclass(frozen=True, slots=True)
class Emotion:
    """One that can be asked for."""

    id: str
    chinese: str
    aliases: tuple[str, ...]
    manner: Manner
    """In full."""


EMOTIONS: Final[tuple[Emotion, ...]] = (
    Emotion("neutral", "自然", ("中性", "普通", "none", "default"), Manner()),
    Emotion(
        "happy",
        "开心",
        ("joy", "joyful", "cheerful", "高兴", "快乐", "愉快", "喜悦"),
        Manner(Prosody(1.09, 1.25, 1.05), rate=1.06, volume_db=1.0, pause=0.85),
    ),
    Emotion(
        "sad",
        "悲伤",
        ("sadness", "sorrowful", "难过", "伤心", "忧伤", "沮丧"),
        Manner(Prosody(0.92, 0.6, 0.93), rate=0.86, volume_db=-2.5, pause=1.5),
    ),
    Emotion(
        "angry",
        "愤怒",
        ("anger", "生气", "恼怒", "发怒"),
        Manner(Prosody(1.07, 1.3, 1.12), rate=1.08, volume_db=2.5, pause=0.8),
    ),
    Emotion(
        "fearful",
        "害怕",
        ("fear", "afraid", "scared", "terrified", "恐惧", "惊恐"),
        Manner(Prosody(1.08, 0.75, 0.97), rate=1.08, volume_db=-1.0, pause=0.9),
    ),
    Emotion(
        "surprised",
        "惊讶",
        ("surprise", "astonished", "吃惊", "惊奇"),
        Manner(Prosody(1.15, 1.4, 1.04), rate=1.02, volume_db=1.0),
    ),
    Emotion(
        "calm",
        "平静",
        ("relaxed", "冷静", "镇定", "放松"),
        Manner(Prosody(0.95, 0.75, 0.96), rate=0.92, volume_db=-1.0, pause=1.25),
    ),
    Emotion(
        "gentle",
        "温柔",
        ("tender", "soft", "affectionate", "柔和", "亲切"),
        Manner(Prosody(0.97, 0.8, 0.94), rate=0.92, volume_db=-2.0, pause=1.15),
    ),
    Emotion(
        "serious",
        "严肃",
        ("stern", "solemn", "formal", "认真", "庄重"),
        Manner(Prosody(0.92, 0.8, 1.03), rate=0.95, volume_db=0.5, pause=1.1),
    ),
    Emotion(
        "excited",
        "激动",
        ("enthusiastic", "thrilled", "兴奋"),
        Manner(Prosody(1.12, 1.35, 1.08), rate=1.1, volume_db=2.0, pause=0.75),
    ),
    Emotion(
        "whisper",
        "耳语",
        ("whispering", "whispered", "低语", "悄悄话"),
        Manner(Prosody(energy=0.95, is_whispered=True), rate=0.95, volume_db=-4.0, pause=1.1),
    ),
)

_BY_NAME: Final = {
    name.casefold(): emotion for emotion in EMOTIONS for name in (emotion.id, emotion.chinese, *emotion.aliases)
}


def find_emotion(name: str) -> Emotion | None:
    """The emotion of that name, in English or Chinese; None where there is none."""
    return _BY_NAME.get(name.strip().casefold())


_STYLES: Final = {
    "chat": "neutral",
    "general": "neutral",
    "newscast": "serious",
    "newscast-casual": "neutral",
    "newscast-formal": "serious",
    "narration-professional": "serious",
    "documentary-narration": "serious",
    "narration-relaxed": "calm",
    "customerservice": "gentle",
    "assistant": "gentle",
    "empathetic": "gentle",
    "lyrical": "gentle",
    "poetry-reading": "gentle",
    "friendly": "happy",
    "hopeful": "happy",
    "depressed": "sad",
    "disappointed": "sad",
    "disgruntled": "angry",
    "unfriendly": "angry",
    "shouting": "angry",
    "embarrassed": "fearful",
    "envious": "sad",
    "advertisement_upbeat": "excited",
    "sports_commentary": "excited",
    "sports_commentary_excited": "excited",
}
"""What Azure's other styles come nearest to."""


def find_style(name: str) -> Manner | None:
    """What a style asks for in full, by our name of it or Azure's; None where there is none."""
    emotion = find_emotion(_STYLES.get(name.strip().casefold(), name))
    return None if emotion is None else emotion.manner
