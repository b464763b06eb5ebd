"""Observes between which bounds the values lie that go into the generator's convolutions, and keeps them in a file."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from export.kokoro_streaming.architecture import NORMS
from export.kokoro_streaming.cases import Case, cases_for
from export.kokoro_streaming.generator import build_observed_generator
from export.kokoro_streaming.integer import Range, Ranges
from export.kokoro_streaming.norms import build_statistics
from export.kokoro_streaming.parity import true_affines
from export.kokoro_streaming.utterances import FrontHalf, style_of
from export.progress import Progress
from export.surgery import serialised
from server.engines.tts.voices import VOICES
from server.runtime.model_card import ModelCard
from server.runtime.sessions import open_session
from server.text.phonemizer import Phonemizer

Floats = npt.NDArray[np.float32]

RANGES_FILE: Final = Path(__file__).resolve().with_name("ranges.json")
CUT_OFF: Final = 3e-4
"""The share of values beyond each bound. In 10 sentences of other texts, as log-mel L1 to whole float32 in dB, English
and Mandarin: 0: 1.79 and 1.94; 3e-5: 1.18 and 1.15; 1e-4: 1.10 and 1.03; this: 1.05 and .95; 1e-3: 1.11 and 1.01; 3e-3:
1.54 and 1.51; unrounded: .99 and .86."""
_DRAWN: Final = 20_000
"""Values of each tensor and utterance that are looked at."""
_CASES_A_VOICE: Final = 2


def observe_ranges(card: ModelCard, progress: Progress) -> dict[str, Range]:
    """Let every listed voice say a few of its cases, and look at all that goes into the convolutions."""
    decoder = onnx.load(card.graph_path("decoder"))
    model, tensors = build_observed_generator(decoder)
    alpha_of = _alphas(decoder)
    observed = open_session(serialised(model)).session
    statistics = open_session(serialised(build_statistics(decoder))).session
    front = FrontHalf(lambda name: open_session(card.graph_path(name)).session)
    affine = open_session(card.graph_path("affine")).session
    phonemizer = Phonemizer(card.vocabulary)
    draw = np.random.default_rng(0)
    seen: dict[str, list[Floats]] = {name: [] for name in tensors}
    cases = list(_cases(card.name))
    progress.begin("Observing what goes into Kokoro's convolutions", len(cases), "utterances")
    for number, (case, british) in enumerate(cases):
        progress.update(number, f"Observing what goes into Kokoro's convolutions: {case.voice}")
        ids = [card.vocabulary[symbol] for symbol in phonemizer.phonemize(case.clause, british=british).text]
        style = style_of(card.voice_path(case.voice), len(ids))
        inputs = front.run(ids, style, speed=case.speed, prosody=case.prosody)
        scale, shift = true_affines(statistics, affine, inputs)
        feeds = {"x": inputs.x[:, :, np.newaxis], "har": inputs.har[:, :, np.newaxis], "scale": scale, "shift": shift}
        for (name, _), values in zip(tensors.items(), observed.run(list(tensors.values()), feeds), strict=True):
            seen[name].append(draw.choice((values / alpha_of[name]).ravel(), _DRAWN))
    progress.end()
    return {name: bounds(np.concatenate(values)) for name, values in seen.items()}


def bounds(values: Floats) -> Range:
    """Of most values: a share of `CUT_OFF` lies beyond either, but 0 is always between."""
    lowest, highest = np.quantile(values, [CUT_OFF, 1 - CUT_OFF])
    return Range(round(min(float(lowest), 0.0), 3), round(max(float(highest), 0.0), 3))


def read_ranges(path: Path = RANGES_FILE) -> dict[str, Range]:
    """The committed bounds."""
    return {name: Range(*both) for name, both in json.loads(path.read_text(encoding="utf-8")).items()}


def write_ranges(ranges: Ranges, path: Path = RANGES_FILE) -> None:
    """Write what `read_ranges` reads."""
    lines = {name: [each.lowest, each.highest] for name, each in ranges.items()}
    path.write_text(json.dumps(lines).replace("], ", "],\n ") + "\n", encoding="utf-8")


def _cases(model: str) -> Iterator[tuple[Case, bool]]:
    """The last ones of every voice: unusual ones, and of its own language one."""
    voices: Iterable[tuple[int, str, bool]] = (
        (number, voice.model_voice, voice.is_british)
        for number, voice in enumerate(voice for voice in VOICES if voice.model == model)
    )
    for number, name, british in voices:
        every = list(cases_for(name, number))
        for case in (every[0], *every[-_CASES_A_VOICE + 1 :]):
            yield case, british


def _alphas(decoder: onnx.ModelProto) -> dict[str, Floats]:
    """Convolution -> α of the snake before it, [C, 1, 1]."""
    floats = {weight.name: weight for weight in decoder.graph.initializer}
    return {
        f"{norm.block.name}/convs{norm.which}.{norm.round}": numpy_helper.to_array(floats[norm.alpha]).reshape(-1, 1, 1)
        for norm in NORMS
    }
