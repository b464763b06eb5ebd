"""GET /v1/models and GET /v1/audio/voices: what there is to choose from."""

from aiohttp import web

from server.api.context import CONTEXT, ApiContext
from server.engines.tts.voices import Voice
from server.protocol.http import VoiceEntry, VoiceList
from server.protocol.openai import FOLEY_MODEL, MODELS, SpeechModel, SpeechModelList
from server.text.clause import Language

_CREATED = 1_767_225_600
"""2026-01-01: OpenAI's clients want a date, and the models' own say nothing to a listener."""


async def models(request: web.Request) -> web.Response:
    """Every name, though any is taken: the voice says which model speaks."""
    has_foley = request.app[CONTEXT].foley.parts is not None
    names = (*MODELS, FOLEY_MODEL) if has_foley else MODELS
    listed = SpeechModelList(data=tuple(SpeechModel(id=name, created=_CREATED) for name in names))
    return web.json_response(text=listed.model_dump_json())


async def voices(request: web.Request) -> web.Response:
    """Every voice, in the order a menu shows them."""
    context = request.app[CONTEXT]
    defaults = {language: context.catalogue.default_for(language) for language in context.catalogue.languages}
    entries = tuple(_entry(context, voice, defaults) for voice in context.catalogue.voices)
    return web.json_response(text=VoiceList(voices=entries).model_dump_json())


def _entry(context: ApiContext, voice: Voice, defaults: dict[Language, Voice]) -> VoiceEntry:
    card = context.cards[voice.model]
    return VoiceEntry(
        id=voice.id,
        name=voice.name,
        native_name=voice.native_name,
        language=voice.locale,
        languages=voice.languages,
        gender=voice.gender,
        engine=voice.model,
        licence=card.licence,
        sample_rate_hz=card.sample_rate_hz,
        is_default_for=tuple(language for language, default in defaults.items() if default == voice),
    )
