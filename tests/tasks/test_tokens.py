"""Tokens and tickets: of one task, for one scope, until one moment."""

from hypothesis import given
from hypothesis import strategies as st

from server.tasks.tokens import digest, mint, verify

SECRET = bytes(range(32))
NOW_S = 1_800_000_000.0


def test_a_token_is_good_for_its_own_task_until_it_expires() -> None:
    token, ticket = mint(SECRET, "a", "task", NOW_S + 10), mint(SECRET, "a", "ticket", NOW_S + 10)
    assert verify(SECRET, "a", token, NOW_S) == "task"
    assert verify(SECRET, "a", ticket, NOW_S) == "ticket"
    assert verify(SECRET, "a", token, NOW_S + 10) is None
    assert verify(SECRET, "b", token, NOW_S) is None
    assert verify(bytes(32), "a", token, NOW_S) is None
    assert digest(token) != digest(ticket)


@given(st.integers(0, 60), st.characters())
def test_a_token_with_any_character_changed_is_none(at: int, character: str) -> None:
    token = mint(SECRET, "a", "task", NOW_S + 10)
    changed = token[:at] + character + token[at + 1 :]
    assert (verify(SECRET, "a", changed, NOW_S) == "task") is (changed == token)


@given(st.text())
def test_whatever_is_presented_is_answered(presented: str) -> None:
    assert verify(SECRET, "a", presented, NOW_S) is None
