"""espeak-ng runs in a process of its own that may die, hang or talk nonsense, and nobody but its caller notices."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.errors import InternalError, ModelUnavailableError
from server.text.espeak import Espeak

ECHO = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    known = {"error": "voice"} if request["voice"] == "xx" else {"clauses": [[request["text"], request["text"]]]}
    print(json.dumps(known), flush=True)
    BEFORE_THE_NEXT
"""


@contextmanager
def program(source: str, timeout_s: float = 20.0) -> Iterator[Espeak]:
    espeak = Espeak((sys.executable, "-c", source), timeout_s)
    try:
        yield espeak
    finally:
        espeak.close()


def echo(before_the_next: str = "pass") -> str:
    return ECHO.replace("BEFORE_THE_NEXT", before_the_next)


def test_a_program_that_has_died_is_started_again() -> None:
    with program(echo("break")) as espeak:
        assert [espeak.phonemes(text, "de") for text in ("eins", "zwei", "drei")] == ["eins", "zwei", "drei"]


@pytest.mark.parametrize(
    "source", ["import time; time.sleep(60)", "raise SystemExit", "print('nonsense', flush=True); input()"]
)
def test_one_that_hangs_or_talks_nonsense_is_an_error_of_the_one_request(source: str) -> None:
    with program(source, timeout_s=1.0) as espeak, pytest.raises(InternalError, match="try again"):
        espeak.phonemes("eins", "de")


def test_one_that_cannot_be_started_is_an_error_too(tmp_path: Path) -> None:
    with pytest.raises(InternalError):
        Espeak([str(tmp_path / "none")]).phonemes("eins", "de")


def test_threads_get_each_their_own_answer() -> None:
    found: dict[int, str] = {}
    with program(echo()) as espeak:

        def ask(number: int) -> None:
            found[number] = espeak.phonemes(f"word {number}", "de")

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {number: f"word {number}" for number in range(16)}


def test_a_voice_that_it_does_not_have_is_told() -> None:
    with program(echo()) as espeak:
        assert espeak.has_voice("de")
        assert not espeak.has_voice("xx")
        assert not espeak.has_voice("../de")
        with pytest.raises(ModelUnavailableError, match="no voice xx"):
            espeak.phonemes("eins", "xx")


def test_characters_that_no_line_can_carry_reach_it_as_spaces() -> None:
    with program(echo()) as espeak:
        assert espeak.phonemes("a\x00b\ud800c\nd\u202ee 😀", "de") == "a b c de"


@pytest.fixture(scope="module")
def real() -> Iterator[Espeak]:
    espeak = Espeak()
    yield espeak
    espeak.close()


# What piper 1.8.0 makes of these, all its sentences joined; its own build of espeak-ng differs in an r here and there.
@pytest.mark.espeak
@pytest.mark.parametrize(
    ("voice", "text", "phonemes"),
    [
        ("de", "Das kostet 3,50 Euro; gut!", "das kˈɔstət dɾˈaɪ kɔmɑː fˈʏnf nˈʊl ˈɔøroː; ɡˈuːt!"),
        ("de", "(Ja) „Nein“, sagte sie: gut.", "jˈɑː nˈaɪn, zˈɑːɡtə ziː: ɡˈuːt."),
        ("fr", "« Bonjour », dit-il. Où êtes-vous ?", "bɔ̃ʒˈuʁ, dˈitˈil. u ˈɛtvˈu?"),
        ("es", "¿Qué tal? ¡Hola! Muy bien, gracias", "kˈe tˈal? ˈola! mˈuj βjˈen, ɡɾˈaθjas"),
        ("ru", "Привет, как дела? Всё хорошо.", "prʲivʲˈet, kˈɑk dʲˈeɭa? fsʲˈɵ xʌrʌʃˈo."),
        ("ru", "Это The Beatles", "ˈɛtʌ ðə bˈiːtəlz"),
        ("ar", "مرحبا، كيف حالك؟ أنا بخير.", "mrħbˈaː, kˈajfa ħˈaːlik? ˈana bχiːr."),
        ("hi", "नमस्ते, आप कैसे हैं?", "nəmˈʌsteː, ˌaːp kˈɛːseː hɛ̃?"),
        ("en-us", "New line — and so on", "nˈuː lˈaɪn; ænd sˌoʊ ˈɔn"),
        ("de", "...", ""),
        ("de", "", ""),
    ],
)
def test_its_phonemes_come_with_the_signs_that_voices_have_heard(
    real: Espeak, voice: str, text: str, phonemes: str
) -> None:
    assert real.phonemes(text, voice) == phonemes


@pytest.mark.espeak
def test_it_knows_its_voices(real: Espeak) -> None:
    assert all(map(real.has_voice, ("de", "pt-br", "en-gb-x-rp", "cmn")))
    assert not real.has_voice("tlh-none")
    assert real.phonemes("ja", "de") == "jˈɑː"


@pytest.mark.espeak
def test_what_was_read_before_changes_nothing(real: Espeak) -> None:
    first = real.phonemes("Guten Tag.", "de")
    real.phonemes("Wer kommt, der", "de")
    real.phonemes("Привет", "ru")
    assert real.phonemes("Guten Tag.", "de") == first


@pytest.mark.espeak
def test_none_of_it_is_loaded_into_this_process(real: Espeak) -> None:
    real.phonemes("Guten Tag.", "de")
    maps = Path("/proc/self/maps")
    if maps.exists():
        assert "espeak" not in maps.read_text(encoding="utf-8")
