"""Calibrates Kokoro for every listed voice: `python -m export.kokoro_streaming.calibrate` writes norms.npz and
ranges.json again: what the norms will measure, and between which bounds convolutions round what goes into them.

It needs the exported Kokoro, takes about fifteen minutes of one core, and is run by who changes the cases, the
features, the list of voices or Kokoro itself; the result, 5 MB, is committed, so nobody else has to.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import onnx

from export.kokoro_streaming.cases import cases_for
from export.kokoro_streaming.norms import build_statistics
from export.kokoro_streaming.ranges import RANGES_FILE, observe_ranges, write_ranges
from export.kokoro_streaming.ridge import Observation, fit
from export.kokoro_streaming.utterances import FrontHalf, style_of
from export.manifest import MANIFEST_FILE
from export.progress import Progress, progress_for
from export.surgery import serialised
from server.engines.tts.kokoro_norms import NORMS_FILE, NormPredictor, norm_features
from server.engines.tts.voices import VOICES
from server.runtime.model_card import ModelCard, load_card
from server.runtime.sessions import open_session
from server.text.phonemizer import Phonemizer

CALIBRATED: Final = Path(__file__).resolve().with_name(NORMS_FILE)
_VARIANCE_EPSILON: Final = 1e-5


def observe(card: ModelCard, progress: Progress) -> Iterator[Observation]:
    """Let every listed voice say its cases, and measure the norms of the generator whole."""
    phonemizer = Phonemizer(card.vocabulary)
    front = FrontHalf(lambda name: open_session(card.graph_path(name)).session)
    statistics = open_session(serialised(build_statistics(onnx.load(card.graph_path("decoder"))))).session
    voices = [voice for voice in VOICES if voice.model == card.name]
    progress.begin("Calibrating Kokoro's norms", len(voices), "voices")
    for number, voice in enumerate(voices):
        progress.update(number, f"Calibrating Kokoro's norms: {voice.id}")
        for case in cases_for(voice.model_voice, number):
            phonemes = phonemizer.phonemize(case.clause, british=voice.is_british).text
            ids = [card.vocabulary[symbol] for symbol in phonemes]
            style = style_of(card.voice_path(voice.model_voice), len(ids))
            inputs = front.run(ids, style, speed=case.speed, prosody=case.prosody)
            feeds = {"x": inputs.x, "har": inputs.har, "style": style}
            mean, variance = statistics.run(["mean", "variance"], feeds)
            yield Observation(
                voice=voice.model_voice,
                features=norm_features(inputs.x, inputs.f0, inputs.energy),
                mean=mean,
                log_deviation=0.5 * np.log(variance + np.float32(_VARIANCE_EPSILON)),
            )
    progress.end()


def write_norms(predictor: NormPredictor, path: Path) -> None:
    """Write the file that `NormPredictor.load` reads: half precision, but for what features are compared with."""
    np.savez_compressed(
        path,
        voices=np.array(predictor.voices),
        centre=predictor.centre,
        scale=predictor.scale,
        projection=predictor.projection.astype(np.float16),
        coefficients=predictor.coefficients,
        basis=predictor.basis.astype(np.float16),
        typical=predictor.typical.astype(np.float16),
    )


def main() -> int:
    """Calibrate and write."""
    progress = progress_for(sys.stderr)
    card = load_card(MANIFEST_FILE.parent / "kokoro")
    write_ranges(observe_ranges(card, progress))
    write_norms(fit(list(observe(card, progress))), CALIBRATED)
    print(f"Wrote {RANGES_FILE.name} and {CALIBRATED.name}, {CALIBRATED.stat().st_size / 1e6:.1f} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
