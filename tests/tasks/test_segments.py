"""Files of a log: what is read is what was written, and damage is seen."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.tasks.segments import SEGMENT_ENTRIES, read_header, read_segment, segment_path, write_segment
from server.tasks.state import Entry

chunks = st.binary(min_size=4, max_size=4000).map(lambda data: data[: len(data) // 4 * 4])
events = st.dictionaries(st.text(max_size=8), st.one_of(st.text(), st.integers(), st.none(), st.booleans()))


@settings(max_examples=50)
@given(st.lists(st.one_of(chunks, events), min_size=1, max_size=20), st.integers(0, 3))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, written: list[bytes | dict[str, object]], number: int
) -> None:
    folder = tmp_path_factory.mktemp("segments")
    entries = [
        Entry(index, pcm=each) if isinstance(each, bytes) else Entry(index, event=each)
        for index, each in enumerate(written, number * SEGMENT_ENTRIES)
    ]
    write_segment(folder, number, entries)
    assert read_segment(folder, number) == entries
    first = segment_path(folder, number).read_bytes()
    write_segment(folder, number, entries)
    assert segment_path(folder, number).read_bytes() == first
    assert [path.name for path in folder.iterdir()] == [f"{number:05d}.log"]


def test_sound_is_kept_to_the_bit_even_at_its_loudest(tmp_path: Path) -> None:
    extremes = np.array([[-32768, 32767], [0, -1]] * 2400, np.int16).tobytes()
    write_segment(tmp_path, 0, [Entry(0, pcm=extremes)])
    assert read_segment(tmp_path, 0)[0].pcm == extremes
    assert read_header(tmp_path, 0).n_bytes == len(extremes)


@pytest.mark.parametrize("keep", [0, 5, 30, 200])
def test_damage_is_seen(tmp_path: Path, keep: int) -> None:
    noise = np.random.default_rng(0).integers(-9000, 9000, 9600, dtype=np.int16).tobytes()
    write_segment(tmp_path, 0, [Entry(0, pcm=noise)])
    path = segment_path(tmp_path, 0)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"decoded|shorter|Expecting|Unterminated"):
        read_segment(tmp_path, 0)
