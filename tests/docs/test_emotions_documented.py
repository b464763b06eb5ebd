"""docs/emotions.md says what each emotion does, and what it says is so."""

import re
from pathlib import Path

from server.engines.tts.emotions import EMOTIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "emotions.md").read_text("utf-8")


def test_the_page_lists_every_emotion_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.* dB.*) \|$", PAGE, re.MULTILINE)
    assert [name for name, _ in rows] == [emotion.id for emotion in EMOTIONS]
    for (_, row), emotion in zip(rows, EMOTIONS, strict=True):
        prosody, manner = emotion.manner.prosody, emotion.manner
        pitch = "whispered" if prosody.is_whispered else f"{prosody.pitch:g}"
        expected = [
            ", ".join((emotion.chinese, *emotion.aliases)),
            *(pitch, f"{prosody.pitch_range:g}", f"{prosody.energy:g}"),
            *(f"{manner.rate:g}", f"{manner.volume_db:+g} dB", f"{manner.pause:g}"),
        ]
        assert row.split(" | ") == expected
