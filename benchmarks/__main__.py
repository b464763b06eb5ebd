"""`python -m benchmarks`: run one benchmark, several, or all; print the tables and write benchmarks/results."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.report import Report, Target, progress, publish
from benchmarks.setup import set_up

BENCHMARKS = {
    "first-audio": "benchmarks.first_audio",
    "piper-first-audio": "benchmarks.piper_first_audio",
    "kokoro-first-audio": "benchmarks.kokoro_first_audio",
    "dictation": "benchmarks.dictation",
    "click-to-playing": "benchmarks.click_to_playing",
    "cpu-rtf": "benchmarks.cpu_rtf",
    "memory": "benchmarks.memory",
    "long-reading": "benchmarks.long_reading",
    "quality": "benchmarks.quality.run",
    "emotions": "benchmarks.quality.emotions",
    "word-times": "benchmarks.quality.word_times",
    "front-end": "benchmarks.front_end",
    "loudness": "benchmarks.loudness",
    "reading": "benchmarks.reading",
    "foley-prompts": "benchmarks.foley_prompts",
    "streaming-decoder": "benchmarks.streaming_decoder",
    "kokoro-cost": "benchmarks.kokoro_cost",
    "kokoro-nearness": "benchmarks.kokoro_nearness",
    "kokoro-quality": "benchmarks.quality.kokoro",
    "backends": "benchmarks.backends",
    "load": "benchmarks.load.capacity",
    "leaving": "benchmarks.load.leaving",
    "endurance": "benchmarks.load.endurance",
    "foley-ingest": "benchmarks.foley_ingest",
    "foley-first-sound": "benchmarks.foley.first_sound",
    "foley-rtf": "benchmarks.foley.rtf",
    "foley-beside-speech": "benchmarks.foley.beside_speech",
    "foley-onsets": "benchmarks.foley_onsets",
    "foley-faults": "benchmarks.foley.faults",
    "foley-watchers": "benchmarks.foley.watchers",
    "foley-sounds": "benchmarks.foley_sounds.run",
}
"""Name -> module, in the order of `all`. Each is imported only when it runs: not all need the same packages."""
OF_RECORDINGS = ("foley-sounds",)
"""Those that need recordings that are not ours to hand on; `all` leaves them out."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; 0 when every target was met, else 1."""
    asked = _parsed(argv)
    names = _spelled_out(asked.names)
    if "setup" in names:
        set_up()
    met = [target.is_met for name in names if name != "setup" for target in _run(name, asked.recordings)]
    if met:
        print(f"{sum(met)} of {len(met)} targets met.")
    return 0 if all(met) else 1


def chosen(argv: Sequence[str] | None) -> list[str]:
    """What the command line asks for, each once, with `all` spelled out: `setup` and every benchmark."""
    return _spelled_out(_parsed(argv).names)


def _spelled_out(names: Sequence[str]) -> list[str]:
    if "all" not in names:
        return list(dict.fromkeys(names))
    return ["setup", *(name for name in BENCHMARKS if name not in OF_RECORDINGS)]


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures Wildtrack; docs/benchmarks.md says what each figure means.",
        epilog="`setup` makes the environments of the judges and of the peer; `all` does that first.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        default="all",  # as text: argparse would look for a whole list among the choices
        choices=["all", "setup", *BENCHMARKS],
        metavar="NAME",
        help=f"setup, all (the default), or any of: {', '.join(BENCHMARKS)}",
    )
    parser.add_argument(
        "--recordings", type=Path, metavar="DIR", help=f"a folder laid out as ESC-10 is, for {', '.join(OF_RECORDINGS)}"
    )
    return parser.parse_args(argv)


def _run(name: str, recordings: Path | None) -> Sequence[Target]:
    progress(name)
    machine = describe_machine()
    run: Callable[..., Report] = import_module(BENCHMARKS[name]).run
    report = run(recordings) if name in OF_RECORDINGS else run()
    publish(report, machine)
    return report.targets


if __name__ == "__main__":
    sys.exit(main())
