"""Voices of both models and languages come out at one loudness, and below the ceiling, whatever they say."""

import aiohttp
import numpy as np
import pytest

from server.audio.loudness import integrated_loudness_lufs
from server.audio.pcm import from_s16le
from server.audio.true_peak import true_peak_db

pytestmark = pytest.mark.models
ENGLISH = "Nobody at the station knew when the next train would come, so we walked along the river instead."
MANDARIN = "车站里没有人知道下一班火车什么时候来，所以我们沿着河边慢慢走回家。"


@pytest.mark.parametrize(
    ("voice", "text"), [("heart", ENGLISH), ("af_heart", ENGLISH), ("am_michael", MANDARIN), ("zf_xiaoxiao", MANDARIN)]
)
async def test_a_voice_is_as_loud_as_all_others(live_server: str, voice: str, text: str) -> None:
    body = {"input": text, "voice": voice, "response_format": "pcm"}
    async with aiohttp.ClientSession() as http, http.post(f"{live_server}/v1/audio/speech", json=body) as response:
        sound = from_s16le(await response.read(), channels=1)
    assert integrated_loudness_lufs(sound, 24_000) == pytest.approx(-18, abs=1.5)
    assert true_peak_db(sound) < -0.5
    assert np.abs(sound[:480]).max() < 0.1  # it begins softly, without a click
