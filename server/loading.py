"""Loads all that speaks: the models that are here, the dictionaries, the voices."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from server.costs import Speaker, costs_folder, known_costs
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.hibari import Hibari
from server.engines.tts.kokoro_streaming import KokoroStreaming
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.vits import load_vits
from server.engines.tts.vits_menu import VitsEntry, find_vits
from server.engines.tts.vits_reading import Reading
from server.engines.tts.voices import VOICES, Voice, VoiceCatalogue
from server.errors import ConfigurationError
from server.logs import get_logger
from server.runtime.cpu import usable_cores
from server.runtime.model_card import ModelCard, load_card, verify_files
from server.runtime.openvino_session import open_openvino
from server.runtime.sessions import GraphOpener, GraphSession, open_session
from server.settings import Settings
from server.streaming.capacity import Cost
from server.text import espeak
from server.text.lexicon import load_lexicon
from server.text.phonemizer import Phonemizer

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Speech:
    """All that speaks, loaded and warm."""

    engine: SpeechEngine
    catalogue: VoiceCatalogue
    cards: Mapping[str, ModelCard]
    """By the names that `Voice.model` uses."""
    costs: Mapping[str, Cost]
    """What each of them costs on this machine."""


def engine_threads(settings: Settings, processes: int = 1) -> int:
    """How many worker threads run models in one of so many processes."""
    return settings.engine_threads or max(1, usable_cores() // processes)


def load_speech(settings: Settings, processes: int = 1) -> Speech:
    """Load the models and dictionaries, and run each once so that the first listener does not wait for it.

    A piper voice that cannot be used is reported and left out; without hibari and Kokoro there is no server.

    Raises:
        ModelUnavailableError: when a model is missing or not the one that was exported.
        ConfigurationError: when the device that was asked for is not there.
    """
    threads = engine_threads(settings, processes)
    cards = {name: load_card(settings.models_dir / folder) for name, folder in _FOLDERS.items()}
    loaders = dict(_LOADERS)
    menu = find_vits(settings.models_dir, espeak.Espeak() if espeak.is_installed() else None)
    for problem in menu.problems:
        _log.warning("voice_left_out", reason=problem)
    for entry in menu.entries:
        cards[entry.card.name] = entry.card
        loaders[entry.card.name] = partial(_load_vits, reading=entry.reading)
    voices = (*VOICES, *map(_voice, menu.entries))
    models = {}
    for name, card in cards.items():
        begun_s = time.perf_counter()
        verify_files(card)
        models[name], provider = loaders[name](card, settings, threads)
        first_voice = next(voice for voice in voices if voice.model == name)
        hello = Utterance("həlˈO", first_voice.model_voice, 1.0)
        for _ in models[name].render(hello, np.random.default_rng(0)).blocks:
            pass
        _log.info("model_loaded", model=name, provider=provider, seconds=round(time.perf_counter() - begun_s, 2))
    # One alphabet serves all: a piper voice's own is translated to by its engine.
    phonemizer = Phonemizer(cards["kokoro"].vocabulary)
    phonemizer.warm_up()
    # The dictionaries are a million objects that live for good: left to the collector, they would stop the event loop
    # for a tenth of a second at every full collection.
    gc.collect()
    gc.freeze()
    catalogue = VoiceCatalogue(voices)
    engine = SpeechEngine(
        models=models,
        catalogue=catalogue,
        phonemizer=phonemizer,
        chunk_ms=settings.chunk_ms,
        lexicon=load_lexicon(settings.lexicon),
        readers={entry.card.name: entry.reader for entry in menu.entries if entry.reader is not None},
    )
    speakers = {
        name: Speaker(card, next(voice.id for voice in voices if voice.model == name)) for name, card in cards.items()
    }
    costs = known_costs(
        engine,
        speakers,
        threads=threads,
        backend=f"{settings.backend} {settings.device}",
        folder=costs_folder(),
    )
    return Speech(engine, catalogue, cards, costs)


def _voice(entry: VitsEntry) -> Voice:
    return Voice(entry.id, entry.name, entry.name, entry.locale, None, entry.card.name, entry.speaker, entry.gain_db)


def _load_hibari(card: ModelCard, settings: Settings, threads: int) -> tuple[AcousticModel, str]:
    opened = open_session(card.graph_path("model"), settings.device)
    return Hibari(card, opened.session), opened.provider


def _load_kokoro(card: ModelCard, settings: Settings, threads: int) -> tuple[AcousticModel, str]:
    def open_graph(path: Path) -> GraphSession:
        return open_session(path, settings.device).session

    kokoro = KokoroStreaming.open(card, open_graph, _vocoder_opener(settings, threads))
    return kokoro, kokoro.provider


def _load_vits(card: ModelCard, settings: Settings, threads: int, *, reading: Reading) -> tuple[AcousticModel, str]:
    open_decoder = _vocoder_opener(settings, threads)
    return load_vits(card, reading, settings.device, open_decoder, may_share_work=threads > 1)


def _vocoder_opener(settings: Settings, threads: int) -> GraphOpener | None:
    """What opens the graphs that make the sound, where it is not what opens all the others."""
    if settings.backend == "onnxruntime":
        return None
    if settings.device != "cpu":
        raise ConfigurationError("OpenVINO runs on the CPU: set the device to cpu, or the back end to onnxruntime.")
    return partial(open_openvino, threads=threads)


_FOLDERS = {"hibari": "hibari-heart", "kokoro": "kokoro"}
_LOADERS: Mapping[str, Callable[[ModelCard, Settings, int], tuple[AcousticModel, str]]] = {
    "hibari": _load_hibari,
    "kokoro": _load_kokoro,
}
