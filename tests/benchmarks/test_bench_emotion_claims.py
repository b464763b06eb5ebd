"""What is claimed of emotions is what they ask of a voice."""

import math

import pytest

from benchmarks.quality.emotion_claims import CLAIMS
from server.engines.tts.emotions import EMOTIONS, Emotion


@pytest.mark.parametrize("emotion", EMOTIONS, ids=lambda emotion: emotion.id)
def test_every_claim_is_asked_of_the_voice_and_neutral_claims_nothing(emotion: Emotion) -> None:
    if emotion.id == "neutral":
        assert emotion.id not in CLAIMS
        return
    prosody, manner = emotion.manner.prosody, emotion.manner
    asked = {
        "f0_hz": math.log(prosody.pitch),
        "f0_range_semitones": math.log(prosody.pitch_range),
        "rate_hz": math.log(manner.rate),
        "level_db": manner.volume_db,
        "voiced_share": -1.0 if prosody.is_whispered else 0.0,
    }
    for correlate, direction in CLAIMS[emotion.id].directions.items():
        assert asked[correlate] * direction > 0
