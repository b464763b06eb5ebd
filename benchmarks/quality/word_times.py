"""Measures how near the times that are told of words are to the sound, against two ways of finding words in it."""

import difflib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import soundfile

from benchmarks.machine import ROOT
from benchmarks.measuring import median, percentile
from benchmarks.quality.run import JUDGES_PYTHON, VOICES, require_judges
from benchmarks.quality.sound_onsets import onset_near, rises
from benchmarks.quality.speaking import Speaker
from benchmarks.report import Report, Target, at_most, progress
from benchmarks.texts import quality_sentences
from server.audio.timing import TimedPhoneme

WANTED_S: Final = 0.03
_FOLDER: Final = ROOT / "build" / "benchmarks" / "word-times"
_STOPS: Final = frozenset("pbtdkɡʧʤʦʨꭧ")
"""What closes the mouth and bursts: stops and affricates, in Kokoro's alphabet."""
_PAUSE_S: Final = 0.06
_CONTROL_S: Final = 0.05
_COLUMNS: Final = ("voice", "measured against", "words", "median distance", "p95", "median, signed", "50 ms late")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of one recording, all times in seconds from its start."""

    text: str
    said_s: float
    """When the server says that it is heard."""
    kind: str | None
    """`pause` or `stop`: what its clear beginning is made of; None where there is none to be expected."""
    rise_s: float | None = None
    """Where the level rises most."""
    control_s: float | None = None
    """The same looked for around a time that is 50 ms late."""
    whisper_s: float | None = None
    aligned_s: float | None = None


def run() -> Report:
    """Speak, hear, compare."""
    require_judges()
    recordings, words = record()
    hear(recordings, words)
    rows: list[list[str]] = []
    targets: list[Target] = []
    for voice in VOICES:
        mine = [word for one in recordings if one["voice"] == voice for word in words[one["id"]]]
        clear = [word for word in mine if word.rise_s is not None]
        late = [abs(word.control_s - word.said_s - _CONTROL_S) for word in clear if word.control_s is not None]
        rows.append(_row(voice, "rise", _distances(clear, "said_s", "rise_s"), median(late)))
        for kind in ("pause", "stop"):
            after = [word for word in clear if word.kind == kind]
            rows.append(
                _row(
                    voice,
                    "rise, after a pause" if kind == "pause" else "rise, stop within speech",
                    _distances(after, "said_s", "rise_s"),
                )
            )
        rows.append(_row(voice, "Whisper's own times against the rise", _distances(clear, "whisper_s", "rise_s")))
        rows.append(_row(voice, "Whisper", _distances(mine, "said_s", "whisper_s")))
        if VOICES[voice] == "en":
            rows.append(_row(voice, "forced alignment, every word", _distances(mine, "said_s", "aligned_s")))
            rows.append(_row(voice, "forced alignment against the rise", _distances(clear, "aligned_s", "rise_s")))
        distances = [abs(one) for one in _distances(clear, "said_s", "rise_s")]
        targets.append(
            at_most(f"{voice}: median distance of a word's time to the rise", median(distances), WANTED_S, " s")
        )
    return Report(
        name="word_times",
        title="Word times against the sound",
        columns=_COLUMNS,
        rows=rows,
        targets=targets,
        notes=(
            "40 sentences a language, those of `quality`. Signed: above 0 where the time told comes before what it is "
            "measured against.",
            "Rise: of words that begin after a pause of 60 ms or more or with a stop or affricate, the place within "
            "100 ms of the told time at which the level, averaged over six bands of 80 Hz to 11 kHz, rises most (15 ms "
            "after against 15 ms before, by 6 dB at least; benchmarks/quality/sound_onsets.py). To know nothing "
            "would be 50 ms off in the median. 50 ms late: the median when told times are 50 ms late, and the window "
            "with them: how much the sound, and not the window, decides.",
            "Forced alignment: PocketSphinx's phone models, states of 10 ms, sentences whose every word is in CMUdict. "
            "No aligner of Mandarin with a licence that suits was to be had as a package.",
            "Whisper base: the times of faster-whisper, from attention; words matched by their letters. Coarse, and no "
            "yardstick.",
        ),
        raw={"words": {key: [_as_list(word) for word in each] for key, each in words.items()}},
    )


def record() -> tuple[list[dict[str, Any]], dict[str, list[Word]]]:
    """Speak every sentence; what the child needs to know of each, and the words with what is seen in the sound."""
    speaker = Speaker()
    _FOLDER.mkdir(parents=True, exist_ok=True)
    recordings: list[dict[str, Any]] = []
    words: dict[str, list[Word]] = {}
    for voice, language in VOICES.items():
        progress(f"speaking with {voice}")
        for number, text in enumerate(quality_sentences(language)):
            spoken = speaker.speak(text, voice)
            name = f"{voice}-{number:02}"
            path = _FOLDER / f"{name}.wav"
            soundfile.write(path, spoken.samples, spoken.sample_rate_hz, subtype="PCM_16")
            rate_hz = spoken.sample_rate_hz
            rises_db = rises(spoken.samples, rate_hz)
            phonemes = [phoneme for timing in spoken.timings for phoneme in timing.phonemes]
            ends_s = 0.0
            words[name] = []
            for word in spoken.words:
                said_s = word.start_sample / rate_hz
                kind = _kind(phonemes, word.start_sample, said_s - ends_s)
                ends_s = (word.start_sample + word.n_samples) / rate_hz
                rise_s = control_s = None
                if kind:
                    rise_s, control_s = onset_near(rises_db, said_s), onset_near(rises_db, said_s + _CONTROL_S)
                written = text[word.start_character : word.end_character]
                words[name].append(Word(written, said_s, kind, rise_s, control_s))
            written_words = [word.text for word in words[name]]
            recordings.append(
                {"id": name, "voice": voice, "language": language, "path": str(path), "words": written_words}
            )
    return recordings, words


def _kind(phonemes: Sequence[TimedPhoneme], start_sample: int, quiet_s: float) -> str | None:
    """What a word begins with that can be seen in the sound."""
    first = next((one.phoneme[0] for one in phonemes if one.start_sample >= start_sample), "")
    if quiet_s >= _PAUSE_S:
        return "pause"
    return "stop" if first in _STOPS else None


def hear(recordings: Sequence[Mapping[str, Any]], words: dict[str, list[Word]]) -> None:
    """Add what Whisper and the aligner say of the words."""
    listed, found = _FOLDER / "recordings.json", _FOLDER / "words.json"
    listed.write_text(json.dumps(list(recordings), ensure_ascii=False), encoding="utf-8")
    command = [str(JUDGES_PYTHON), "-m", "benchmarks.quality.hear_words", str(listed), str(found)]
    progress("hearing")
    subprocess.run(command, cwd=ROOT, check=True)
    heard = json.loads(found.read_text(encoding="utf-8"))
    for key, mine in words.items():
        aligned = heard[key]["aligned"] or [None] * len(mine)
        times = matched([word.text for word in mine], heard[key]["whisper"])
        words[key] = [
            Word(word.text, word.said_s, word.kind, word.rise_s, word.control_s, whisper_s, aligned_s)
            for word, whisper_s, aligned_s in zip(mine, times, aligned, strict=True)
        ]


def matched(words: Sequence[str], heard: Sequence[tuple[str, float]]) -> list[float | None]:
    """For each word the time of the one heard that begins at the same letter of the text; None where none does."""
    mine, starts = _letters(words)
    theirs, their_starts = _letters([text for text, _ in heard])
    times = {place: heard[number][1] for number, place in enumerate(their_starts)}
    places = {}
    for block in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks():
        places.update({block.a + step: block.b + step for step in range(block.size)})
    return [times.get(places[start]) if start in places else None for start in starts]


def _letters(words: Sequence[str]) -> tuple[str, list[int]]:
    """All letters and digits in a row, and where each word begins in it."""
    plain = ["".join(filter(str.isalnum, word.lower())) for word in words]
    return "".join(plain), [0, *np.cumsum([len(word) for word in plain]).tolist()][:-1]


def _distances(words: Sequence[Word], told: str, found: str) -> list[float]:
    """How much later each was found than it was told, in seconds, of those for which both are known."""
    pairs = [(getattr(word, told), getattr(word, found)) for word in words]
    return [later - earlier for earlier, later in pairs if earlier is not None and later is not None]


def _row(voice: str, what: str, distances: Sequence[float], control: float | None = None) -> list[str]:
    if not distances:
        return [voice, what, "0", "-", "-", "-", "-"]
    sizes = [abs(one) for one in distances]
    return [
        voice,
        what,
        str(len(distances)),
        f"{median(sizes) * 1000:.0f} ms",
        f"{percentile(sizes, 95) * 1000:.0f} ms",
        f"{median(distances) * 1000:+.0f} ms",
        "" if control is None else f"{control * 1000:.0f} ms",
    ]


def _as_list(word: Word) -> list[Any]:
    times = (word.said_s, word.rise_s, word.whisper_s, word.aligned_s)
    return [word.text, word.kind, *(None if one is None else round(one, 3) for one in times)]
