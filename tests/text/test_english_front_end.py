"""English to phonemes: what is read out, both accents, several threads, and any input."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.aligned import Aligned
from server.text.characters import plain_characters
from server.text.english import EnglishFrontEnd


@pytest.fixture(scope="module")
def english() -> EnglishFrontEnd:
    english = EnglishFrontEnd()
    english.load(british=False)
    english.load(british=True)
    return english


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("$128.50", "one hundred twenty-eight dollars and fifty cents"),
        ("It is 8:45.", "It is eight forty-five."),
        ("20%", "twenty percent"),
        ("1,234", "one thousand, two hundred thirty-four"),
        ("Dr. Smith", "Doctor Smith"),
        ("３ cats", "three cats"),
        ("[this](/ðæt/)", "[this] (/ðæt/)"),
    ],
)
def test_numbers_money_and_times_are_read_out(english: EnglishFrontEnd, text: str, spoken: str) -> None:
    def sounds(words: str) -> str:
        return english.phonemes(plain_characters(Aligned.original(words)), british=False).text.translate(
            str.maketrans("", "", "ˈˌ ,")
        )

    assert sounds(text) == sounds(spoken)


def test_the_two_accents_differ(english: EnglishFrontEnd) -> None:
    assert english.phonemes(Aligned.original("Hello, water."), british=False).text == "həlˈO, wˈɔTəɹ."
    assert english.phonemes(Aligned.original("Hello, water."), british=True).text == "həlˈQ, wˈɔːtə."


def test_a_single_letter_is_called_by_its_name(english: EnglishFrontEnd) -> None:
    assert english.letter_name(Aligned.original("a"), british=False).text == "ˈA"
    assert english.letter_name(Aligned.original("I"), british=False).text == "ˈI"
    assert english.letter_name(Aligned.original("z"), british=True).text == "zˈiː"


@pytest.mark.parametrize(
    "text",
    [
        "a-" * 200,
        "aB" * 200,
        "x/" * 200,
        "1" * 400,
        "1," * 200,
        "$1" * 200,
        "!" * 400,
        "a" * 400,
        "Éà" * 100,
        "a1" * 200,
    ],
)
def test_text_that_the_library_takes_minutes_for_or_fails_on_is_read_too(english: EnglishFrontEnd, text: str) -> None:
    assert isinstance(english.phonemes(Aligned.original(text), british=False).text, str)


@given(st.text(max_size=60), st.booleans())
def test_no_text_makes_it_fail(english: EnglishFrontEnd, text: str, british: bool) -> None:
    assert isinstance(english.phonemes(plain_characters(Aligned.original(text)), british=british).text, str)


def test_several_threads_get_what_one_gets(english: EnglishFrontEnd) -> None:
    lines = (f"The {number} flibbertigibbets of zone {number} read {number * 7} gramblocks." for number in range(40))
    texts = [Aligned.original(line) for line in lines]
    alone = [english.phonemes(text, british=index % 2 == 0) for index, text in enumerate(texts)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda pair: english.phonemes(pair[1], british=pair[0] % 2 == 0), enumerate(texts)))
    assert together == alone
