"""The speech engine with a model that hums: which clauses it renders, and that its sound does not depend on chance."""

import numpy as np
import numpy.typing as npt
import pytest
from humming import KOKORO_SYMBOLS, Humming, engine_of, render, request

from server.engines.tts.speech import SpeechEngine
from server.engines.tts.voices import VOICES, Voice, VoiceCatalogue
from server.errors import TextEmptyError, UnsupportedLanguageError
from server.text.phonemizer import Phonemizer


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer(KOKORO_SYMBOLS)


@pytest.fixture
def model() -> Humming:
    return Humming()


@pytest.fixture
def engine(model: Humming, phonemizer: Phonemizer) -> SpeechEngine:
    return engine_of(model, phonemizer)


def test_the_first_chunk_needs_the_first_clause_alone(engine: SpeechEngine, model: Humming) -> None:
    job = engine.open(request("First of all, this is a text with quite a few words in it. And here is more of it."))
    engine.step(job)
    assert len(model.rendered) == 1


def test_a_closed_job_makes_nothing_more(engine: SpeechEngine, model: Humming) -> None:
    job = engine.open(request("One sentence. Another sentence. A third sentence that is a bit longer."))
    engine.step(job)
    engine.close(job)
    engine.close(job)
    with pytest.raises(StopIteration):
        engine.step(job)
    assert len(model.rendered) == 1


def test_the_same_request_gives_the_same_sound_and_another_seed_another(engine: SpeechEngine) -> None:
    text = "The same words again, and again. And once more!"
    first = render(engine, engine.open(request(text, seed=3)))
    assert np.array_equal(first, render(engine, engine.open(request(text, seed=3))))
    assert not np.array_equal(first, render(engine, engine.open(request(text, seed=4))))


def test_interleaved_jobs_do_not_touch_each_other(engine: SpeechEngine) -> None:
    texts = ["Somebody says this, quite slowly.", "Somebody else says that!"]
    alone = [render(engine, engine.open(request(text))) for text in texts]
    jobs = [engine.open(request(text)) for text in texts]
    parts: list[list[npt.NDArray[np.float32]]] = [[], []]
    ended = [False, False]
    while not all(ended):
        for n, job in enumerate(jobs):
            if not ended[n]:
                chunk = engine.step(job)
                parts[n].append(chunk.samples[:, 0])
                ended[n] = chunk.is_last
    for n in range(2):
        assert np.array_equal(np.concatenate(parts[n]), alone[n])


def test_silence_around_a_clause_is_replaced_by_a_readers_pause(engine: SpeechEngine, model: Humming) -> None:
    sound = render(engine, engine.open(request("Wait here for me now. I will be right back soon.")))
    loud = np.flatnonzero(np.abs(sound) > 0.03)
    assert loud[0] < 0.03 * 24_000
    gaps_s = np.diff(loud).max() / 24_000
    assert 0.3 < gaps_s < 0.5
    assert len(model.rendered) == 2


def test_phonemes_longer_than_the_model_takes_are_rendered_in_pieces(engine: SpeechEngine, model: Humming) -> None:
    render(
        engine, engine.open(request("Incomprehensibilities notwithstanding, counterrevolutionaries overcompensated."))
    )
    assert len(model.rendered) >= 2


def test_mandarin_and_mixed_text_go_to_a_voice_that_reads_them(engine: SpeechEngine, model: Humming) -> None:
    job = engine.open(request("请打开 iPhone 的设置。", "heart"))
    assert (job.voice.id, job.language) == ("af_heart", "zh")
    assert job.notice is not None
    render(engine, job)
    assert model.rendered[0].voice == "af_heart"
    assert engine.open(request("你好")).voice.id == "zf_xiaoxiao"
    assert engine.open(request("Hello there")).voice.id == "heart"
    assert engine.open(request("123", language="zh-CN")).voice.id == "zf_xiaoxiao"


GERMAN = Voice("thorsten", "Thorsten", "Thorsten", "de-DE", None, "thorsten", "thorsten", 0.0)


@pytest.fixture
def with_german(model: Humming, phonemizer: Phonemizer) -> SpeechEngine:
    return SpeechEngine(
        models={"hibari": model, "kokoro": model, "thorsten": model},
        catalogue=VoiceCatalogue((*VOICES, GERMAN)),
        phonemizer=phonemizer,
        chunk_ms=100,
        readers={"thorsten": lambda text: text.upper()},
    )


def test_a_voice_of_another_language_has_clauses_read_by_its_own_reader(
    with_german: SpeechEngine, model: Humming
) -> None:
    job = with_german.open(request("Wir kommen am 3. Mai zu euch. Привет!", "thorsten"))
    assert (job.voice, job.language, job.notice) == (GERMAN, "de", None)
    render(with_german, job)
    assert [utterance.phonemes for utterance in model.rendered] == ["WIR KOMMEN AM 3. MAI ZU EUCH.", "ПРИВЕТ!"]


def test_the_language_that_is_asked_for_finds_its_voice(with_german: SpeechEngine) -> None:
    assert with_german.open(request("Guten Tag.", language="de")).voice is GERMAN
    assert with_german.open(request("Guten Tag.", "heart", language="de-AT")).voice is GERMAN
    assert with_german.open(request("Good day.", "thorsten", language="en")).voice.id == "af_heart"
    assert with_german.open(request("你好", "thorsten")).voice.id == "af_heart"


def test_only_a_voice_with_a_reader_for_all_scripts_is_asked_to_read_them(with_german: SpeechEngine) -> None:
    assert with_german.open(request("שלום", "thorsten")).voice is GERMAN
    with pytest.raises(TextEmptyError, match="this voice"):
        with_german.open(request("שלום"))


@pytest.mark.parametrize("text", ["", " \n\t ", "...", "—?!", "😀🎉", "\u200b\u200d", "，。！"])
def test_what_nobody_can_say_is_refused(engine: SpeechEngine, text: str) -> None:
    with pytest.raises(TextEmptyError):
        engine.open(request(text))


@pytest.mark.parametrize("language", ["fr", "", "x", "english", "zz-ZZ", "\x00"])
def test_a_language_that_nobody_speaks_is_refused(engine: SpeechEngine, language: str) -> None:
    with pytest.raises(UnsupportedLanguageError):
        engine.open(request("Bonjour", language=language))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5000,
        "a " * 3000,
        "。a" * 500,
        "\x00word\x07",
        "e\u0301" * 400,
        "\u202eword\u202c",
        "你" * 800,
        "1" * 600,
        "😀word😀",
        "a\ud800b",
    ],
)
def test_hostile_text_is_read_to_its_end(engine: SpeechEngine, text: str) -> None:
    assert len(render(engine, engine.open(request(text)))) > 0


def test_a_long_reading_is_made_as_it_is_asked_for(engine: SpeechEngine, model: Humming) -> None:
    job = engine.open(request("A sentence of a very long book, one of many. " * 4000))
    for _ in range(50):
        engine.step(job)
    assert len(model.rendered) < 30


@pytest.mark.parametrize("seed", range(6))
def test_a_reopened_job_goes_on_to_the_byte_wherever_it_is_taken_up(
    engine: SpeechEngine, model: Humming, seed: int
) -> None:
    model.level = 0.6  # so that the limiter works, and remembers
    text = (
        "Well, hello. This is a somewhat longer sentence, with a comma or two, you see! 😀 And the end? Yes: the end."
    )
    asked = request(text, voice="am_michael", seed=seed)
    job = engine.open(asked)
    whole = render(engine, job)
    draw = np.random.default_rng(seed)
    places = [0, 1, 2400, len(whole) - 1, len(whole), *draw.integers(0, len(whole), 6).tolist()]
    for next_sample in places:
        reopened = engine.reopen(asked, job.marks, next_sample)
        rest = []
        while True:
            chunk = engine.step(reopened)
            rest.append(chunk.samples[:, 0])
            if chunk.is_last:
                break
        assert np.array_equal(np.concatenate(rest), whole[next_sample:])
        assert reopened.marks == job.marks


def test_reopening_renders_a_clause_or_two_again_and_not_the_whole_text(engine: SpeechEngine, model: Humming) -> None:
    asked = request("A sentence of a long book, one of many. " * 40)
    job = engine.open(asked)
    whole = render(engine, job)
    model.rendered.clear()
    engine.step(engine.reopen(asked, job.marks, len(whole) - 30_000))
    assert len(model.rendered) <= 3
