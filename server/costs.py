"""Measures at the start what each voice model costs on this machine, and remembers it for the next start.

Every worker thread speaks at once while it is measured: cores share memory and heat, so one alone would promise too
much. What streams really cost later corrects it (`server.streaming.capacity`).
"""

import hashlib
import os
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import onnxruntime as ort
from pydantic import TypeAdapter, ValidationError

from server.engines.base import Engine, SpeechRequest
from server.errors import WildtrackError
from server.logs import get_logger
from server.runtime.cache_folder import default_cache_folder
from server.runtime.cpu import cpu_features
from server.runtime.model_card import ModelCard
from server.streaming.capacity import Cost

_log = get_logger(__name__)
_COST: Final = TypeAdapter(Cost)
_TEXT: Final = "This is how quickly one of these voices speaks on this machine, when all of them speak at once."
_LEAST_AUDIO_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Speaker:
    """A model, and what is needed to have it say something."""

    card: ModelCard
    voice_id: str
    """Of any of its voices."""


def costs_folder() -> Path:
    """Where costs are remembered."""
    return default_cache_folder(os.environ, sys.platform, Path.home()) / "costs"


def known_costs(
    engine: Engine[Any], speakers: Mapping[str, Speaker], *, threads: int, backend: str, folder: Path
) -> dict[str, Cost]:
    """What each model costs: read where it was measured before, else measured now, in a second or two each.

    One that does not say the sentence, such as a voice of another script, is left out: its cost is learnt from use.

    Args:
        engine: speaks with any of them.
        speakers: by the models' names.
        threads: how many worker threads will run models at once.
        backend: the name of what runs the models; another has another cost.
        folder: where costs are remembered. One that cannot be written only costs time at the next start.
    """
    costs = {}
    for name, speaker in speakers.items():
        path = folder / f"{_key(speaker.card, threads, backend)}.json"
        cost = _read(path)
        if cost is None:
            cost = measure(engine, speaker.voice_id, threads)
            if cost is None:
                _log.info("cost_not_measured", model=name)
                continue
            _write(path, cost)
            _log.info(
                "cost_measured",
                model=name,
                first_ms=round(cost.first_s * 1000, 1),
                ms_per_audio_s=round(cost.per_audio_s * 1000, 1),
            )
        costs[name] = cost
    return costs


def measure(engine: Engine[Any], voice_id: str, threads: int) -> Cost | None:
    """Have every thread say the same sentence at once, once to warm up and once for the clock.

    None where the voice says less than `_LEAST_AUDIO_S` of it: that would tell nothing.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="measuring") as pool:
        for _ in range(2):
            timed = [cost for cost in pool.map(lambda _: _speak(engine, voice_id), range(threads)) if cost is not None]
    if not timed:
        return None
    return Cost(fmean(each.first_s for each in timed), fmean(each.per_audio_s for each in timed))


def _speak(engine: Engine[Any], voice_id: str) -> Cost | None:
    try:
        return _timed(engine, voice_id)
    except WildtrackError:  # the voice cannot read it
        return None


def _timed(engine: Engine[Any], voice_id: str) -> Cost | None:
    job = engine.open(SpeechRequest(text=_TEXT, voice_id=voice_id))
    # The thread's own time: what other programs do at this minute is no property of the machine.
    begun_s = time.thread_time()
    first_s: float | None = None
    while True:
        chunk = engine.step(job)
        if first_s is None:
            first_s = time.thread_time() - begun_s
        if chunk is not None and chunk.is_last:
            break
    audio_s = chunk.end_sample / job.sample_rate_hz
    return Cost(first_s, (time.thread_time() - begun_s) / audio_s) if audio_s >= _LEAST_AUDIO_S else None


def _key(card: ModelCard, threads: int, backend: str) -> str:
    """Names what a cost depends on: the model's files, what runs them, the processor, how many run at once."""
    told = "\n".join((card.to_json(), backend, ort.__version__, *cpu_features(), str(threads), _TEXT))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _read(path: Path) -> Cost | None:
    try:
        return _COST.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _write(path: Path, cost: Cost) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside it first: another process may read or write at the same time.
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_bytes(_COST.dump_json(cost))
        beside.replace(path)
