"""What a request asks to have said: plain text, or SSML and the script that it becomes."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from server.api.context import ApiContext
from server.engines.tts.emotions import find_style
from server.engines.tts.voices import VoiceCatalogue
from server.text.lexicon import NO_LEXICON, Lexicon
from server.text.script import Script, script_text
from server.text.ssml.script import Vocabulary, parse_ssml


@dataclass(frozen=True, slots=True)
class SpokenText:
    """What is to be said."""

    text: str
    """The words."""
    script: Script | None
    """Where there is markup."""
    lexicon: Lexicon


async def what_to_say(context: ApiContext, text: str, *, is_ssml: bool, lexicon: Mapping[str, str]) -> SpokenText:
    """Read the document and the lexicon; either may take tens of milliseconds, so not on the event loop.

    Raises:
        InvalidSsmlError: saying where, and what was expected.
        InvalidRequestError: when the lexicon is wrong.
    """
    words = await asyncio.to_thread(Lexicon, lexicon) if lexicon else NO_LEXICON
    if not is_ssml:
        return SpokenText(text, None, words)
    script = await asyncio.to_thread(parse_ssml, text, _vocabulary(context.catalogue))
    return SpokenText(script_text(script), script, words)


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
