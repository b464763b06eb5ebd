"""The bank: latents kept in files, decoded as a stream, quilted and varied; no two renderings alike."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from export.foley.bank.analysis import analyse
from export.foley.bank.decoder import decoder
from server.engines.foley.backend import CHUNK_SAMPLES, FoleyRequest
from server.engines.foley.classes import CLASS
from server.engines.foley.sound.bank.decoding import Decoding, decoded_whole
from server.engines.foley.sound.bank.latents import BANDS, FRAME, Latents
from server.engines.foley.sound.bank.opened import BANK, WEAVES, open_bank
from server.engines.foley.sound.bank.quilt import Quilt, Weave
from server.engines.foley.sound.bank.store import SUFFIX, read_latents, write_latents
from server.engines.foley.sound.catalogue import MODELS, Sound
from server.engines.foley.sound.cue import BLOCK, RATE, Cue
from server.engines.foley.sound.renderer import FoleyRenderer
from server.engines.foley.timeline import Bed, FoleyEvent, TimelinePart
from server.runtime.sessions import GraphSession, open_session


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.fixture(scope="module")
def session() -> GraphSession:
    return open_session(decoder().SerializeToString()).session


@pytest.fixture(scope="module")
def bank(session: GraphSession) -> dict[str, Sound]:
    return open_bank(session)


def a_latent(n_frames: int = 60) -> Latents:
    draw = rng(5)
    peaks = np.where(draw.random((n_frames, FRAME)) < 0.1, draw.integers(-9, 9, (n_frames, FRAME)), 0)
    return Latents(draw.integers(-60, -20, (n_frames, BANDS)).astype(np.int8), peaks.astype(np.int8))


def test_a_tone_is_kept_and_noise_keeps_its_spectrum_only(session: GraphSession) -> None:
    time = np.arange(RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    assert np.corrcoef(decoded_whole(session, analyse(tone), rng())[:RATE], tone)[0, 1] > 0.98
    white = (0.1 * rng(1).standard_normal(RATE)).astype(np.float32)
    one, other = (decoded_whole(session, analyse(white), rng(seed))[:RATE] for seed in (0, 1))
    assert 0.2 < np.corrcoef(one, white)[0, 1] < 0.95
    assert np.corrcoef(one, other)[0, 1] < 0.95
    assert 20 * np.log10(one[4800:-4800].std() / white.std()) == pytest.approx(0, abs=1.5)


def test_what_begins_suddenly_begins_at_its_sample_when_decoded(session: GraphSession) -> None:
    click = np.zeros(RATE // 2, np.float32)
    click[7000:9000] = 0.5 * rng(2).standard_normal(2000)
    sound = decoded_whole(session, analyse(click), rng())
    before = np.abs(sound[: 7000 - 2 * FRAME]).max()
    assert before < 0.02 * np.abs(sound).max()


def test_decoding_in_pieces_is_decoding_whole(session: GraphSession) -> None:
    latents = a_latent()
    floors, peaks = (each[np.newaxis].astype(np.float32) for each in (latents.floors, latents.peaks))
    whole = Decoding(session, 1, rng())(floors, peaks)
    decode = Decoding(session, 1, rng())
    pieces = [decode(floors[:, at : at + 7], peaks[:, at : at + 7]) for at in range(0, 60, 7)]
    assert np.allclose(np.concatenate(pieces, axis=1), whole, atol=1e-5)


def test_a_file_gives_back_what_was_written_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    pieces = [a_latent(20), a_latent(31)]
    path = tmp_path / f"rain{SUFFIX}"
    write_latents(path, pieces)
    for wanted, found in zip(pieces, read_latents(path), strict=True):
        assert np.array_equal(wanted.floors, found.floors)
        assert np.array_equal(wanted.peaks, found.peaks)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="damaged"):
        read_latents(path)


def test_the_banks_are_of_classes_that_there_are_and_everybody_is_named(bank: dict[str, Sound]) -> None:
    assert set(bank) <= set(CLASS)
    assert set(WEAVES) <= set(bank)
    page = (BANK / "CREDITS.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and "class" not in line]
    assert {row[0].removeprefix("| ") for row in rows} == set(bank)
    assert {row[-1].removesuffix(" |") for row in rows} == {"CC0-1.0", "CC-BY-3.0"}
    assert all(row[3].strip() for row in rows)


@pytest.mark.parametrize("label", sorted(WEAVES))
def test_a_quilt_never_repeats_and_stays_as_loud(bank: dict[str, Sound], label: str) -> None:
    texture = bank[label].texture
    assert texture is not None
    one, other = (np.concatenate(list(islice(texture(Cue(), rng(seed)), 40))) for seed in (1, 2))
    assert one.shape == (40 * BLOCK, 2)
    assert one.dtype == np.float32
    assert -35 < 20 * np.log10(one.std()) < -10
    assert not np.array_equal(one[: len(one) // 2], one[len(one) // 2 :])
    assert not np.array_equal(one, other)
    again = np.concatenate(list(islice(texture(Cue(), rng(1)), 40)))
    assert np.array_equal(one, again)


def test_a_quilt_of_a_piece_that_is_hardly_longer_than_a_stretch_goes_on(session: GraphSession) -> None:
    for n_frames in (3, 12, 45):
        quilt = Quilt([a_latent(n_frames)], session, Weave(0.5, 1.0, 0.2, 0.5))
        assert np.isfinite(np.concatenate(list(islice(quilt(Cue(), rng()), 30)))).all()


@pytest.mark.parametrize("label", ["dog", "rooster", "baby", "sneeze"])
def test_an_atom_begins_at_once_and_goes_on_while_something_is_seen(bank: dict[str, Sound], label: str) -> None:
    hit = bank[label].hit
    assert hit is not None
    for seed in range(6):
        sound = hit(Cue(), rng(seed))
        assert int(np.flatnonzero(np.abs(sound) > 10 ** (-30 / 20))[0]) < 0.003 * RATE
        assert np.abs(sound).max() == pytest.approx(1)
    assert len(hit(Cue(duration_s=6.0), rng(1))) > len(hit(Cue(), rng(1)))


def test_a_scene_of_the_bank_renders_as_any_other(bank: dict[str, Sound]) -> None:
    renderer = FoleyRenderer(FoleyRequest(seed=1), MODELS | bank)
    renderer.push(TimelinePart(1, (FoleyEvent(0.1, 0, "dog", None, 0.9, 0, 1),), (Bed(0, 1, "rain", 0.7),)))
    sound = np.concatenate([renderer.render() for _ in range(10)])
    assert sound.shape == (10 * CHUNK_SAMPLES, 2)
    assert np.abs(sound[:4000]).max() > 0
