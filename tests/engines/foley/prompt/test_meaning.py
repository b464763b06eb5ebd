"""English that no rule knows is understood by what it means."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engines.foley.classes import CLASS
from server.engines.foley.prompt.match import match_prompt
from server.engines.foley.prompt.meaning import load_meanings, read_examples
from server.engines.foley.prompt.rules import NO_SOUND
from server.engines.foley.prompt.wordpiece import MOST_PIECES, pieces
from server.errors import ModelUnavailableError
from server.runtime.sessions import OpenedGraph, Shapes, open_session

MODELS = Path(__file__).resolve().parents[4] / "onnx_models"
VOCABULARY = {
    piece: index for index, piece in enumerate(["[CLS]", "[SEP]", "[UNK]", "walk", "##ing", "##s", "cafe", "!"])
}


def opener(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
    return open_session(graph)


def test_words_are_cut_into_the_longest_pieces_that_there_are() -> None:
    assert pieces("Walking walks, Café!", VOCABULARY) == [0, 3, 4, 3, 5, 2, 6, 7, 1]


@given(st.text(max_size=300))
def test_any_text_has_pieces_and_not_too_many(text: str) -> None:
    ids = pieces(text, VOCABULARY)
    assert 2 <= len(ids) <= MOST_PIECES
    assert set(ids) <= set(VOCABULARY.values())


def test_every_class_has_an_example_and_some_mean_none() -> None:
    assert {label for label, _ in read_examples()} == {*CLASS, NO_SOUND}


def test_a_model_that_is_not_there_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="export"):
        load_meanings(tmp_path, opener)


@pytest.mark.models
def test_unknown_wording_finds_its_sound_and_what_is_no_sound_finds_none() -> None:
    meanings = load_meanings(MODELS, opener)
    for text, labels in (
        ("the infantile bawling of a newborn", {"baby"}),
        ("horses neighing", {"footstep"}),
        ("kitten meowing", set()),
        ("a saxophone solo", set()),
    ):
        assert {sound.label for sound in match_prompt(text, meaning=meanings).sounds} == labels
