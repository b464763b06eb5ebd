"""What the wire takes, and what it refuses in one sentence that never quotes what was sent."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidRequestError
from server.protocol.events import CLIENT_EVENTS, Playback, Synthesize, parse


def test_a_text_alone_is_a_request() -> None:
    assert parse(Synthesize, {"text": "Hello."}) == Synthesize(text="Hello.", voice="default", speed=1.0, seed=0)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "text",
        7,
        {},
        {"text": None},
        {"text": 5},
        {"text": ["secret"]},
        {"text": "secret", "unknown": 1},
        {"text": "secret", "voice": ""},
        {"text": "secret", "voice": "x" * 65},
        {"text": "secret", "speed": "1"},
        {"text": "secret", "speed": 0.2},
        {"text": "secret", "speed": 4.1},
        {"text": "secret", "speed": float("nan")},
        {"text": "secret", "speed": float("inf")},
        {"text": "secret", "seed": -1},
        {"text": "secret", "seed": 1.5},
        {"text": "secret", "seed": True},
        {"text": "secret", "seed": 2**60},
        {"text": "secret", "emotion": 3},
        {"text": "secret \ud800"},
    ],
)
def test_anything_else_is_refused_in_one_sentence_without_quoting_it(data: Any) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse(Synthesize, data)
    assert "secret" not in caught.value.message
    assert caught.value.message.endswith(".")


def test_an_unknown_fields_name_is_not_quoted_either() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse(Synthesize, {"text": "a", "my password": 1})
    assert "password" not in caught.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(CLIENT_EVENTS)), json_values)
def test_no_value_a_client_may_send_makes_parsing_fail_otherwise(event: str, data: Any) -> None:
    with contextlib.suppress(InvalidRequestError):
        parse(CLIENT_EVENTS[event], data)


def test_a_position_is_a_number_from_zero_on() -> None:
    assert parse(Playback, {"stream_id": "a", "position_s": 1}).position_s == 1.0
    for position_s in (-0.1, float("nan"), "1"):
        with pytest.raises(InvalidRequestError):
            parse(Playback, {"stream_id": "a", "position_s": position_s})
