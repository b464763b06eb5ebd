"""The bank's build: pieces cut where sounds begin and end, credits kept, licences looked at."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from export.errors import ExportError
from export.foley.bank.build import CREDITS, build
from export.foley.bank.esc10 import read_clips
from export.foley.bank.pieces import atoms, evenness, texture
from server.engines.foley.sound.bank.store import read_latents

RATE_HZ = 48_000
LINE = "- **[{file}](x)**:       clip derived from [{title}](y/people/{who}/sounds/{id}/) by *{who}* ([{licence}](z))"


def rng() -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(3))


def two_barks() -> np.ndarray:
    sound = np.zeros(3 * RATE_HZ, np.float32)
    for at_s, loud in ((0.5, 0.5), (1.8, 0.4)):
        start = round(at_s * RATE_HZ)
        sound[start : start + 12_000] = loud * rng().standard_normal(12_000) * np.linspace(1, 0, 12_000)
    return sound


def test_a_recording_is_cut_into_its_sounds_each_from_its_first_sample() -> None:
    found = atoms(two_barks())
    assert len(found) == 2
    for sound in found:
        assert abs(sound[0]) > 0.02
        assert np.abs(sound).max() == pytest.approx(1)
        assert 0.2 * RATE_HZ < len(sound) < 0.35 * RATE_HZ


def test_a_texture_loses_its_silence_and_comes_at_one_loudness() -> None:
    sound = np.concatenate((np.zeros(RATE_HZ), rng().standard_normal(RATE_HZ) * 0.01)).astype(np.float32)
    assert evenness(sound) == pytest.approx(0.5, abs=0.02)
    kept = texture(sound)
    assert len(kept) == RATE_HZ
    assert kept.std() == pytest.approx(0.1, rel=0.01)
    assert len(texture(np.zeros(RATE_HZ, np.float32))) in (0, RATE_HZ)


def a_folder(folder: Path) -> Path:
    lines = []
    for words, file, number, licence in (
        ("001 - Dog bark", "1-11-A.ogg", 11, "CC0"),
        ("001 - Dog bark", "1-11-B.ogg", 11, "CC0"),
        ("001 - Dog bark", "2-12-A.ogg", 12, "CC-Sampling+"),
        ("002 - Rain", "2-13-A.ogg", 13, "CC-BY"),
    ):
        (folder / words).mkdir(exist_ok=True)
        noise = (0.1 * rng().standard_normal(RATE_HZ)).astype(np.float32)
        soundfile.write(folder / words / file, two_barks() if "Dog" in words else noise, RATE_HZ, format="OGG")
        lines.append(LINE.format(file=file, title="A [good] one.wav", who="somebody", id=number, licence=licence))
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_a_bank_is_built_of_what_may_be_used_and_says_whose_it_is(tmp_path: Path) -> None:
    clips = read_clips(a_folder(tmp_path))
    assert [clip.path.name for clip in clips] == ["1-11-A.ogg", "1-11-B.ogg", "2-13-A.ogg"]
    build(clips, tmp_path / "bank")
    assert len(read_latents(tmp_path / "bank" / "dog.latents")) == 2, "the second take is of the same recording"
    assert len(read_latents(tmp_path / "bank" / "rain.latents")) == 1
    page = (tmp_path / "bank" / CREDITS).read_text(encoding="utf-8")
    assert "| rain | A [good] one.wav | 13 | somebody | CC-BY-3.0 |" in page
    before = (tmp_path / "bank" / "rain.latents").read_bytes()
    build(clips, tmp_path / "bank")
    assert (tmp_path / "bank" / "rain.latents").read_bytes() == before


def test_folds_are_kept_apart(tmp_path: Path) -> None:
    assert [clip.label for clip in read_clips(a_folder(tmp_path), folds=[2])] == ["rain"]


def test_a_folder_without_credits_or_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="whose recordings"):
        read_clips(tmp_path)
    (tmp_path / "README.md").write_text("nothing", encoding="utf-8")
    with pytest.raises(ExportError, match="holds no clips"):
        read_clips(tmp_path)
