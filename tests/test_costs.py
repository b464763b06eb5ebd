"""What voices cost is measured once, remembered, and measured again when something it depends on has changed."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from fakes import CHUNK_SAMPLES, CountingEngine, CountingJob

from server.audio.chunk import AudioChunk
from server.costs import Speaker, known_costs, measure
from server.engines.base import SpeechRequest
from server.errors import TextEmptyError
from server.streaming.capacity import Cost


@dataclass
class FiveChunks(CountingEngine):
    """Says every text in five chunks; counts how often it was asked."""

    n_chunks: int = 5

    def open(self, request: SpeechRequest) -> CountingJob:
        return super().open(SpeechRequest(str(self.n_chunks), request.voice_id))

    def step(self, job: CountingJob) -> AudioChunk:
        sum(range(20_000))  # costs something
        return super().step(job)


def speakers(content: str = "a model") -> dict[str, Speaker]:
    card: Any = SimpleNamespace(to_json=lambda: content)
    return {"counting": Speaker(card, "any")}


def known(engine: FiveChunks, folder: Path, *, content: str = "a model", threads: int = 2, backend: str = "x") -> Any:
    return known_costs(cast(Any, engine), speakers(content), threads=threads, backend=backend, folder=folder)


def test_a_cost_is_seconds_of_a_thread_to_the_first_chunk_and_for_a_second_of_sound() -> None:
    cost = measure(cast(Any, FiveChunks()), "any", threads=2)
    assert cost is not None
    assert 0 < cost.first_s < cost.per_audio_s * 5 * CHUNK_SAMPLES / 24_000


def test_it_is_measured_once_and_read_from_then_on(tmp_path: Path) -> None:
    engine = FiveChunks()
    first = known(engine, tmp_path)
    jobs = len(engine.jobs)
    assert known(engine, tmp_path) == first
    assert len(engine.jobs) == jobs


@pytest.mark.parametrize("changed", [{"content": "another model"}, {"threads": 1}, {"backend": "y"}])
def test_it_is_measured_again_for_another_model_number_of_threads_or_back_end(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    engine = FiveChunks()
    known(engine, tmp_path)
    jobs = len(engine.jobs)
    known(engine, tmp_path, **changed)
    assert len(engine.jobs) > jobs


def test_a_voice_that_cannot_read_the_sentence_or_says_next_to_nothing_is_left_out(tmp_path: Path) -> None:
    mute = FiveChunks(fail_at_step=0, error=TextEmptyError("There is nothing to say."))
    assert known(mute, tmp_path) == {}
    assert known(FiveChunks(n_chunks=2), tmp_path) == {}
    assert not list(tmp_path.iterdir())


def test_a_damaged_memory_is_written_anew(tmp_path: Path) -> None:
    known(FiveChunks(), tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"{")
    engine = FiveChunks()
    assert isinstance(known(engine, tmp_path)["counting"], Cost)
    assert engine.jobs
    assert path.read_bytes() != b"{"


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert known(FiveChunks(), tmp_path / "file" / "folder")["counting"].per_audio_s > 0
