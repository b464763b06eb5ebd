"""Say when words are heard: Whisper by its attention, and for English PocketSphinx by forced alignment.

Runs in .venv-bench, as a child of `python -m benchmarks word-times`: `hear_words.py RECORDINGS.json WORDS.json`.
RECORDINGS.json: a list of {id, path, language, words}. WORDS.json: {id: {whisper: [[text, start_s],
...], aligned: [start_s, ...] or null}}; what is aligned is one time for each of `words`, null where a word is not in
CMUdict.

Forced alignment: hidden Markov models of phones, a state every 10 ms (PocketSphinx 5, its own en-us model, BSD).
"""

import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper import WhisperModel
from pocketsphinx import Decoder

from benchmarks.quality.judge import BEAM_SIZE, JUDGE_RATE_HZ, assemble_whisper, load

_NOT_A_WORD = re.compile(r"[^a-z']+")


def whispered_words(whisper: WhisperModel, samples: npt.NDArray[np.float32], language: str) -> list[tuple[str, float]]:
    """Each word that Whisper hears, and when it begins, in seconds."""
    segments, _ = whisper.transcribe(
        samples,
        language=language,
        beam_size=BEAM_SIZE,
        temperature=0.0,
        condition_on_previous_text=False,
        word_timestamps=True,
        initial_prompt="以下是普通话的句子。" if language == "zh" else None,
    )
    return [(word.word, float(word.start)) for segment in segments for word in segment.words or ()]


def aligned_words(aligner: Decoder, samples: npt.NDArray[np.float32], words: list[str]) -> list[float] | None:
    """When each of the words begins, in seconds."""
    plain = [_NOT_A_WORD.sub("", word.lower().replace("’", "'")).strip("'") for word in words]
    if not all(plain) or any(aligner.lookup_word(word) is None for word in plain):
        return None
    aligner.set_align_text(" ".join(plain))
    aligner.start_utt()
    aligner.process_raw((samples * 32767).astype(np.int16).tobytes(), full_utt=True)
    aligner.end_utt()
    found = [segment for segment in aligner.seg() or () if segment.word[0] not in "<["]
    return [segment.start_frame / 100 for segment in found] if len(found) == len(plain) else None


def main() -> None:
    """Hear every recording of the list."""
    recordings: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    heard: dict[str, Any] = {}
    aligner = Decoder(samprate=float(JUDGE_RATE_HZ), loglevel="FATAL", lm=None)
    with tempfile.TemporaryDirectory() as folder:
        whisper = WhisperModel(str(assemble_whisper(Path(folder))), device="cpu", compute_type="int8", cpu_threads=2)
        for one in recordings:
            samples = load(Path(one["path"]))
            heard[one["id"]] = {
                "whisper": whispered_words(whisper, samples, one["language"]),
                "aligned": aligned_words(aligner, samples, one["words"]) if one["language"] == "en" else None,
            }
    Path(sys.argv[2]).write_text(json.dumps(heard, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
