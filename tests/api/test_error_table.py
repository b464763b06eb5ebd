"""Every error has a status, and its JSON is one that OpenAI's clients understand."""

import json

import pytest

import server.app  # noqa: F401 - so that every error class of the server is known
from server.api.error_table import STATUS, error_response
from server.errors import RateLimitedError, UnauthorizedError, WildtrackError


def all_errors(kind: type[WildtrackError] = WildtrackError) -> set[type[WildtrackError]]:
    found = {kind}
    for child in kind.__subclasses__():
        if child.__module__.startswith("server."):
            found |= all_errors(child)
    return found


def test_the_table_has_every_error_and_no_other() -> None:
    assert set(STATUS) == all_errors()


def test_no_two_errors_share_a_code_except_the_base_and_the_internal_one() -> None:
    codes = [error.code for error in all_errors() - {WildtrackError}]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", sorted(STATUS, key=lambda kind: kind.__name__))
def test_an_error_becomes_json_with_code_message_and_type(kind: type[WildtrackError]) -> None:
    response = error_response(kind("Do this."))
    assert response.status == STATUS[kind]
    body = json.loads(response.body)["error"]
    assert body["code"] == kind.code
    assert body["message"] == "Do this."
    assert body["retryable"] is kind.retryable
    assert body["type"].endswith("_error")


@pytest.mark.parametrize(("seconds", "header"), [(0.1, "1"), (1.0, "1"), (2.3, "3"), (60.0, "60")])
def test_retry_after_is_whole_seconds_and_never_too_soon(seconds: float, header: str) -> None:
    response = error_response(RateLimitedError("Wait.", retry_after_s=seconds))
    assert response.headers["Retry-After"] == header
    assert json.loads(response.body)["error"]["retry_after_s"] == seconds


def test_a_missing_key_is_answered_with_the_scheme_to_use() -> None:
    assert error_response(UnauthorizedError("Key.")).headers["WWW-Authenticate"] == "Bearer"


def test_a_class_that_is_newer_than_the_table_takes_its_parents_status() -> None:
    class LocalError(RateLimitedError):
        __module__ = "elsewhere"

    assert error_response(LocalError("Wait.")).status == 429
