"""Measures what the streaming graphs of a piper voice save: CPU against decoding with overlap, and memory."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import psutil
from onnx import ModelProto

from benchmarks.example_voice import make_example_voice
from benchmarks.machine import ROOT
from benchmarks.measuring import median, take_turns
from benchmarks.report import Report, at_least, at_most, progress
from benchmarks.texts import latency_texts
from export.streaming.fold import fold
from export.streaming.graph import Graph, read_graph, write_graph
from export.streaming.pipeline import make_streaming
from export.streaming.plan import plan_stream
from export.streaming.transform import stream_graphs
from export.surgery import parsed, serialised
from export.vits import cut_vits
from server.engines.tts.acoustic import Utterance
from server.engines.tts.vits import load_vits
from server.engines.tts.vits_spec import load_spec
from server.runtime.model_card import load_card
from server.runtime.sessions import open_session
from server.text.aligned import Aligned
from server.text.english import EnglishFrontEnd

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
        progress("making the voice")
        voice = make_example_voice(Path(scratch))
        cpu_ms = {frames: _cpu_ms(voice.files.graph, frames) for frames in FRAMES}
        growth = _memory(Path(scratch, voice.name))
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


def _saving(cpu_ms: dict[str, list[float]]) -> float:
    return median(cpu_ms["with overlap"]) / median(cpu_ms["as streamed"])


def _cpu_ms(voice: bytes, frames: int) -> dict[str, list[float]]:
    """CPU milliseconds of every call that makes so many frames."""
    progress(f"{frames} frames a call")
    decoder = cut_vits(parsed(voice)).decoder
    made = make_streaming(fold(read_graph(decoder)), "frames", first_samples=1, mid_frames=frames, fixed=True)
    plain = stream_graphs(plan_stream(read_graph(decoder), "frames")).mid
    streamed = made.graphs["mid"]
    contestants = {
        "with overlap": _call(decoder, {"frames": (1, 192, frames + sum(OVERLAP_FRAMES))}),
        "a state for each convolution": _call(write_graph(plain), _shapes(plain, frames)),
        "as streamed": _call(write_graph(streamed), _shapes(streamed, frames)),
    }
    return take_turns(contestants, ROUNDS)


def _shapes(graph: Graph, frames: int) -> dict[str, tuple[int, ...]]:
    return {
        spec.name: tuple(extent if isinstance(extent, int) else frames for extent in spec.shape)
        for spec in graph.inputs
    }


def _call(model: ModelProto, shapes: Mapping[str, tuple[int, ...]]) -> Callable[[], float]:
    """A call with noise of these shapes; gives the CPU milliseconds it took."""
    session = open_session(serialised(model)).session
    noise = np.random.default_rng(0)
    feeds = {name: 0.3 * noise.standard_normal(shape, np.float32) for name, shape in shapes.items()}

    def call() -> float:
        begun_s = time.process_time()
        session.run(None, feeds)
        return (time.process_time() - begun_s) * 1e3

    return call


def _memory(voice: Path) -> dict[str, float]:
    """How far a process of its own grows while it streams one long sentence."""
    progress("memory")
    phonemes = EnglishFrontEnd().phonemes(Aligned.original(latency_texts()[_LONG_TEXT]), british=False).text
    command = [sys.executable, "-m", "benchmarks.streaming_decoder", str(voice), phonemes]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _grow(voice: Path, phonemes: str) -> dict[str, float]:
    """Stream a sentence in this process, after one word has been said in it."""
    model, _ = load_vits(load_card(voice))
    (speaker,) = load_spec(load_card(voice)).speakers
    process = psutil.Process()

    def say(text: str) -> tuple[int, float]:
        """Samples, and the largest size seen on the way in MB."""
        n_samples, largest_mb = 0, 0.0
        for block in model.render(Utterance(text, speaker, 1.0), np.random.default_rng(0)).blocks:
            n_samples += len(block)
            largest_mb = max(largest_mb, process.memory_info().rss / 1e6)
        return n_samples, largest_mb

    say("həlˈO.")
    before_mb = process.memory_info().rss / 1e6
    n_samples, largest_mb = say(phonemes)
    return {
        "sound_s": n_samples / model.sample_rate_hz,
        "before_mb": before_mb,
        "growth_mb": largest_mb - before_mb,
    }


if __name__ == "__main__":
    print(json.dumps(_grow(Path(sys.argv[1]), sys.argv[2])))
