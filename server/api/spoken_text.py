"""What a request asks to have said: plain text, or SSML and the script that it becomes."""

import asyncio

from server.api.context import ApiContext
from server.engines.tts.emotions import find_style
from server.engines.tts.voices import VoiceCatalogue
from server.text.script import Script, script_text
from server.text.ssml.script import Vocabulary, parse_ssml


async def what_to_say(context: ApiContext, text: str, *, is_ssml: bool) -> tuple[str, Script | None]:
    """The words, and the script where there is markup; a document is read away from the event loop.

    Raises:
        InvalidSsmlError: saying where, and what was expected.
    """
    if not is_ssml:
        return text, None
    script = await asyncio.to_thread(parse_ssml, text, _vocabulary(context.catalogue))
    return script_text(script), script


def _vocabulary(catalogue: VoiceCatalogue) -> Vocabulary:
    def find_voice(name: str) -> str | None:
        voice = catalogue.find(name)
        return None if voice is None else voice.id

    def voice_for(tag: str, gender: str | None) -> str | None:
        """The voice that is most at home there."""
        primary = tag.lower().split("-")[0]
        fitting = [
            voice
            for voice in catalogue.voices
            if voice.language.lower().split("-")[0] == primary and gender in (None, "neutral", voice.gender)
        ]
        at_home = [voice for voice in fitting if voice.language.lower() == tag.lower()]
        candidates = at_home or fitting
        if not candidates:
            return None
        usual = catalogue.default_for(primary)
        return (usual if usual in candidates else candidates[0]).id

    return Vocabulary(find_voice=find_voice, voice_for=voice_for, find_style=find_style)
