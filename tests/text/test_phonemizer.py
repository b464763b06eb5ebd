"""Clauses to phonemes, both scripts at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.aligned import Aligned
from server.text.clause import Clause, Language
from server.text.clauses import split_clauses
from server.text.phonemizer import Phonemizer, split_phonemes


def _clause(text: str, language: Language = "zh") -> Clause:
    return Clause(text=text, start_character=0, language=language, pause_s=0.0, ends_sentence=True)


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [
        ("你好，世界！", "ni↓xau↓, ʂɨ↘ʨje↘!"),
        ("他说：“走吧。”", "tʰa→ ʂwo→: “ʦou↓ pa.”"),
        ("《书》（上）", "“ʂu→” (ʂa↘ŋ)"),
        ("我用iPhone。", "wo↓jʊ↘ŋ ˈIfˌOn."),
        ("GPS很好", "ʤˌipˌiˈɛs xə↓n xau↓"),
        ("OpenAI的新闻", "ˌOpᵊnˈAˌI tɤ ɕi→nwə↗n"),
        ("A计划", "ˈA ʨi↘xwa↘"),
        ("x和y", "ˈɛks xɤ↗ wˈI"),
        ("5G网络", "u↓ ʤˈi wa↓ŋlwo↘"),
        ("iPhone 15 Pro手机", "ˈIfˌOn fˌɪftˈin pɹˈO ʂou↓ʨi→"),
        ("跑了5 km", "pʰau↓ lɤ u↓kʊ→ŋli↓"),
        ("20%的人", "pai↓fə→nꭧɨ→ɚ↘ʂɨ↗ tɤ ɻə↗n"),
        ("好！！！！！", "xau↓!!"),
    ],
)
def test_mandarin_with_english_in_it(phonemizer: Phonemizer, text: str, phonemes: str) -> None:
    assert phonemizer.phonemize(_clause(text), british=False).text == phonemes


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [("Hello, world!", "həlˈO, wˈɜɹld!"), ("Hello，world。", "həlˈO, wˈɜɹld."), ("Wait…", "wˈAt…"), ("I", "ˌI")],
)
def test_english(phonemizer: Phonemizer, text: str, phonemes: str) -> None:
    assert phonemizer.phonemize(_clause(text, "en"), british=False).text == phonemes


@pytest.mark.parametrize("text", ["😀", "…", "，", "—", "“”", "\x00", "\ud800", "שלום"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_says_nothing_gives_nothing(phonemizer: Phonemizer, text: str, language: Language) -> None:
    assert phonemizer.phonemize(_clause(text, language), british=False).text == ""


def test_the_accent_is_heard_in_mixed_clauses_too(phonemizer: Phonemizer) -> None:
    assert phonemizer.phonemize(_clause("说hello吧"), british=True).text == "ʂwo→ həlˈQ pa"


@given(st.text(max_size=80), st.sampled_from(["en", "zh"]))
def test_only_symbols_of_the_alphabet_come_out(
    phonemizer: Phonemizer, vocabulary: frozenset[str], text: str, language: Language
) -> None:
    phonemes = phonemizer.phonemize(_clause(text, language), british=False).text
    assert vocabulary.issuperset(phonemes)
    assert phonemes == phonemes.strip()


def test_a_smaller_alphabet_is_kept_to() -> None:
    assert Phonemizer("maˈ").phonemize(_clause("妈妈，ma"), british=False).text == "mamamˈ"


def test_several_threads_get_what_one_gets(phonemizer: Phonemizer) -> None:
    text = "我们在2024年用iPhone看了37个Gramblock。 Then we read 12 flibbertigibbets aloud. " * 12
    clauses = list(split_clauses(text, first_target_s=1.5))
    alone = [phonemizer.phonemize(clause, british=False) for clause in clauses]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda clause: phonemizer.phonemize(clause, british=False), clauses)) == alone


@given(st.text(alphabet="ab ,.!—", max_size=120), st.integers(1, 30))
def test_pieces_are_short_enough_and_lose_nothing_but_spaces(phonemes: str, limit: int) -> None:
    pieces = [piece.text for piece in split_phonemes(Aligned.original(phonemes), limit)]
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(phonemes.split())


@pytest.mark.parametrize(
    ("phonemes", "limit", "pieces"),
    [
        ("", 5, []),
        ("ab cd", 5, ["ab cd"]),
        ("ab, cd ef", 5, ["ab,", "cd ef"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a, bcdefg hi", 10, ["a, bcdefg", "hi"]),
    ],
)
def test_phonemes_are_cut_after_signs_then_at_spaces_then_anywhere(
    phonemes: str, limit: int, pieces: list[str]
) -> None:
    assert [piece.text for piece in split_phonemes(Aligned.original(phonemes), limit)] == pieces


def test_a_piece_holds_at_least_one_symbol() -> None:
    with pytest.raises(ValueError, match="at least one"):
        split_phonemes(Aligned.original("ab"), 0)
