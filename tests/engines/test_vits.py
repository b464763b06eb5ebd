"""A VITS voice speaks from inside the sentence, and says the same whoever listens and however they listen."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from export.piper import add_voice, piper_voice
from export.piper_files import find_piper_files
from export.progress import LineProgress
from export.shelf import Shelf
from server.audio.rechunk import rechunk
from server.engines.tts.acoustic import Utterance
from server.engines.tts.vits import Vits, load_vits
from server.engines.tts.vits_ids import english_alphabet, own_alphabet
from server.engines.tts.vits_spec import SPEC_FILE, load_spec
from server.errors import ModelUnavailableError
from server.runtime import tandem
from server.runtime.model_card import ModelCard, load_card
from server.runtime.tandem import TandemSession
from tests.export.tiny_vits import SYMBOLS, Shape, write_tiny_voice

SENTENCE = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ ðə lˈAzi dˈɔɡ, ænd ðˈɛn ɪt slˈips ˈɔl dˈA lˈɔŋ ɪn ðə sˈʌn."


def make(folder: Path, shape: Shape | None = None, **changes: object) -> ModelCard:
    files = find_piper_files(write_tiny_voice(folder / "in", shape, **changes))
    voice = piper_voice(files, name="tiny")
    with (folder / "log").open("w") as log:
        add_voice(voice, Shelf(folder / "models"), LineProgress(log))
    return load_card(folder / "models" / "tiny")


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return make(tmp_path_factory.mktemp("voice"), Shape(speakers=3))


@pytest.fixture(scope="module")
def voice(card: ModelCard) -> Vits:
    return load_vits(card)[0]


def say(
    voice: Vits, phonemes: str = SENTENCE, *, seed: int = 0, speaker: str = "person 1", speed: float = 1.0
) -> np.ndarray:
    utterance = Utterance(phonemes, speaker, speed)
    return np.concatenate(list(voice.render(utterance, np.random.default_rng(seed)).blocks))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(voice: Vits) -> None:
    assert say(voice, seed=5).tobytes() == say(voice, seed=5).tobytes()
    assert say(voice, seed=5).tobytes() != say(voice, seed=6).tobytes()


@pytest.mark.parametrize("chunk_samples", [1, 97, 100_000])
def test_how_the_sound_is_cut_for_the_listener_changes_nothing(voice: Vits, chunk_samples: int) -> None:
    blocks = voice.render(Utterance(SENTENCE, "person 1", 1.0), np.random.default_rng(5)).blocks
    chunks = rechunk((block[:, np.newaxis] for block in blocks), chunk_samples=chunk_samples)
    assert np.concatenate([chunk.samples for chunk in chunks])[:, 0].tobytes() == say(voice, seed=5).tobytes()


def test_who_else_is_served_changes_nothing(voice: Vits) -> None:
    mine = voice.render(Utterance(SENTENCE, "person 1", 1.0), np.random.default_rng(5)).blocks
    theirs = voice.render(Utterance(SENTENCE, "person 2", 1.5), np.random.default_rng(9)).blocks
    blocks = []
    for block in mine:
        blocks.append(block)
        next(theirs, None)
    assert np.concatenate(blocks).tobytes() == say(voice, seed=5).tobytes()


@pytest.mark.parametrize("at_work", [1, 1000])
def test_a_second_thread_that_helps_changes_nothing(
    voice: Vits, card: ModelCard, monkeypatch: pytest.MonkeyPatch, at_work: int
) -> None:
    shared = load_vits(card, may_share_work=True)[0]
    first = [shared._text, shared._flow._sessions["first"], shared._decoder._sessions["first"]]
    assert all(isinstance(session, TandemSession) for session in first)
    monkeypatch.setattr(tandem, "threads_at_work", lambda: at_work)
    monkeypatch.setattr(tandem, "usable_cores", lambda: 2)
    assert say(shared, seed=5).tobytes() == say(voice, seed=5).tobytes()


def test_sound_comes_in_pieces_the_first_of_them_short(voice: Vits, card: ModelCard) -> None:
    blocks = list(voice.render(Utterance(SENTENCE, "person 1", 0.5), np.random.default_rng(0)).blocks)
    lengths = [len(block) / card.hop_samples for block in blocks]
    assert 14 <= lengths[0] < 15
    assert lengths[1:-1] == [32] * (len(blocks) - 2)
    assert len(blocks) > 4


@pytest.mark.parametrize("phonemes", ["O", "nˈO.", ".", " ", SENTENCE * 3])
def test_utterances_of_all_lengths_are_spoken(voice: Vits, phonemes: str) -> None:
    rendering = voice.render(Utterance(phonemes, "person 0", 1.0), np.random.default_rng(0))
    sound = np.concatenate(list(rendering.blocks))
    assert len(sound) > 0
    assert np.isfinite(sound).all()


def test_speed_makes_it_shorter(voice: Vits) -> None:
    assert len(say(voice, speed=2.0)) < 0.7 * len(say(voice)) < 0.7 * 0.7 * len(say(voice, speed=0.5))


def test_each_phoneme_has_its_time_and_together_they_cover_the_sound(voice: Vits) -> None:
    rendering = voice.render(Utterance("həlˈO “ju” tə", "person 0", 1.0), np.random.default_rng(0))
    times = rendering.phonemes
    assert [time.phoneme for time in times] == list("həlˈO ju tə")  # quotation marks are not heard
    for time, after in itertools.pairwise(times):
        assert time.start_sample + time.n_samples == after.start_sample
        assert time.n_samples > 0
    assert 0 < times[0].start_sample < times[-1].start_sample
    assert times[-1].start_sample + times[-1].n_samples == sum(map(len, rendering.blocks))


def test_an_unknown_speaker_is_an_error(voice: Vits) -> None:
    with pytest.raises(KeyError):
        say(voice, speaker="nobody")


def test_what_the_listener_does_not_wait_for_is_not_made(voice: Vits) -> None:
    calls: list[str] = []

    class Watched:
        def __init__(self, name: str, session: object) -> None:
            self._name, self._session = name, session

        def run(self, *arguments: object) -> object:
            calls.append(self._name)
            return self._session.run(*arguments)  # type: ignore[attr-defined]

    for part in (voice._flow, voice._decoder):
        part._sessions = {  # type: ignore[assignment]
            call: Watched(f"{part.spec.output} {call}", session) for call, session in part._sessions.items()
        }
    try:
        blocks = voice.render(Utterance(SENTENCE * 3, "person 0", 1.0), np.random.default_rng(0)).blocks
        assert calls == []
        next(blocks)
        assert calls == ["frames first", "waveform first"]
    finally:
        for part in (voice._flow, voice._decoder):
            part._sessions = {call: each._session for call, each in part._sessions.items()}  # type: ignore[attr-defined]


def test_a_voice_without_a_sound_of_english_is_refused_by_that_sound() -> None:
    ids = {symbol: (number,) for number, symbol in enumerate(SYMBOLS)}
    english_alphabet("tiny", ids, british=False)
    for symbol in ("θ", "_"):
        with pytest.raises(ModelUnavailableError, match=f"The voice tiny has no id for {symbol},"):
            english_alphabet("tiny", {key: value for key, value in ids.items() if key != symbol}, british=False)


def test_a_sound_that_only_newer_voices_have_is_read_as_the_nearest() -> None:
    ids = {symbol: (number,) for number, symbol in enumerate(SYMBOLS) if symbol not in "ᵻɚɐ"}
    older = english_alphabet("tiny", ids, british=False)
    assert older.read("bᵻ").ids == older.read("bɪ").ids
    assert [older.read("bəɹ").ids.count(ids[symbol][0]) for symbol in "əɹ"] == [1, 1]


def test_ids_are_framed_and_parted_and_know_their_phonemes() -> None:
    ids = {symbol: (number,) for number, symbol in enumerate(SYMBOLS)} | {"eɪ": (90,)}
    begin, end, between = (ids[sign][0] for sign in "^$_")
    read = english_alphabet("tiny", ids, british=False).read("bAʤ")
    # eɪ is one sound of this voice, dʒ is two.
    b, d, zh = (ids[symbol][0] for symbol in "bdʒ")
    assert read.ids == (begin, between, b, between, 90, between, d, between, zh, between, end)
    assert read.places == (-1, -1, 0, 0, 1, 1, 2, 2, 2, 2, 2)
    assert own_alphabet(ids).read("b?Ω").ids == (begin, between, b, between, ids["?"][0], between, end)
    # A voice of letters that knows them small only.
    assert own_alphabet(ids).read("B").ids == (begin, between, b, between, end)


def test_a_damaged_description_is_refused_with_what_to_do(tmp_path: Path) -> None:
    card = make(tmp_path)
    (card.folder / SPEC_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnavailableError, match="run `python -m export piper` again"):
        load_spec(card)
