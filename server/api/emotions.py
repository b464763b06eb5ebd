"""How a request asks for a text to be said: an emotion, how much of it, and a pitch."""

from aiohttp import web

from server.audio.prosody import Prosody
from server.engines.tts.emotions import EMOTIONS, find_emotion
from server.errors import UnsupportedEmotionError
from server.protocol.http import EmotionEntry, EmotionList
from server.text.manner import Manner


def manner_of(emotion: str, intensity: float, pitch_semitones: float) -> Manner:
    """What a request asks for.

    Args:
        emotion: its name, in English or Chinese.
        intensity: of the emotion, in per cent.
        pitch_semitones: how much higher than the voice would speak.

    Raises:
        UnsupportedEmotionError: when there is no such emotion.
    """
    found = find_emotion(emotion)
    if found is None:
        names = ", ".join(each.id for each in EMOTIONS)
        raise UnsupportedEmotionError(f"There is no such emotion; choose one of {names}.")
    return found.manner.toward(intensity / 100).with_also(Manner(Prosody(pitch=2 ** (pitch_semitones / 12))))


async def emotions(_: web.Request) -> web.Response:
    """List what `emotion` may be."""
    entries = tuple(EmotionEntry(id=each.id, native_name=each.chinese, aliases=each.aliases) for each in EMOTIONS)
    return web.json_response(EmotionList(emotions=entries).model_dump())
