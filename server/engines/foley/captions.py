"""Sound captions: a timeline as WebVTT, for people who can't hear (W3C, WebVTT: The Web Video Text Tracks Format)."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from server.engines.foley.classes import CLASS
from server.engines.foley.timeline import EventTimeline

CaptionLanguage = Literal["en", "zh"]

SHORTEST_S: Final = 1.2
"""A caption stays at least as long, so that it can be read (BBC subtitle guidelines: 0.3 s a word, not under 1 s)."""
BED_S: Final = 4.0
"""A background is told of when it begins, not for as long as it lasts."""
_SAME_WITHIN_S: Final = 1.5
"""Sounds of one kind that follow each other closer than that share a caption: steps are not counted."""

_MATERIALS_ZH: Final = MappingProxyType(
    {
        "wood": "木",
        "metal": "金属",
        "glass": "玻璃",
        "stone": "石头",
        "ceramic": "陶瓷",
        "plastic": "塑料",
        "cardboard": "纸板",
        "soft": "柔软",
        "concrete": "水泥地",
        "grass": "草地",
        "gravel": "碎石",
        "dirt": "泥土",
        "sand": "沙地",
        "snow": "雪地",
        "carpet": "地毯",
        "water": "水",
        "leaves": "落叶",
    }
)


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    text: str


def captions(timeline: EventTimeline, language: CaptionLanguage) -> str:
    """The captions of a timeline, such as `[footsteps, gravel]` or `[脚步，碎石]`."""
    cues = sorted([*_events(timeline, language), *_beds(timeline, language)], key=lambda cue: (cue.start_s, cue.text))
    blocks = [f"{_time(cue.start_s)} --> {_time(cue.end_s)}\n{cue.text}\n" for cue in cues if cue.end_s > cue.start_s]
    return "\n".join([f"WEBVTT\nKind: captions\nLanguage: {language}\n", *blocks])


def _events(timeline: EventTimeline, language: CaptionLanguage) -> Iterator[_Cue]:
    open_cues: dict[str, _Cue] = {}
    for event in timeline.events:
        text = _text(event.label, event.material, language)
        end_s = min(timeline.duration_s, max(event.onset_s + event.duration_s, event.onset_s + SHORTEST_S))
        before = open_cues.get(text)
        if before is not None and event.onset_s <= before.end_s - SHORTEST_S + _SAME_WITHIN_S:
            open_cues[text] = _Cue(before.start_s, max(before.end_s, end_s), text)
            continue
        if before is not None:
            yield before
        open_cues[text] = _Cue(event.onset_s, end_s, text)
    yield from open_cues.values()


def _beds(timeline: EventTimeline, language: CaptionLanguage) -> Iterator[_Cue]:
    for bed in timeline.beds:
        end_s = min(bed.start_s + BED_S, bed.end_s, timeline.duration_s)
        yield _Cue(bed.start_s, end_s, _text(bed.label, None, language))


def _text(label: str, material: str | None, language: CaptionLanguage) -> str:
    sound = CLASS[label]
    if language == "zh":
        parts = [sound.chinese, *([] if material is None else [_MATERIALS_ZH[material]])]
        return f"[{'，'.join(parts)}]"
    return f"[{', '.join([sound.english, *([] if material is None else [material])])}]"


def _time(seconds: float) -> str:
    """hh:mm:ss.ttt (WebVTT, 4.1)."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
