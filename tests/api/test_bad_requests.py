"""Whatever is sent instead of a good request is answered with one clear error, and the server goes on."""

import json
from typing import Any

import pytest

SPEECH = "/v1/audio/speech"
SYNTHESIZE = "/api/synthesize"
PRIVATE = "a secret nobody may see again"

BAD_BODIES = {
    "nothing": b"",
    "no JSON": b"input=Hi",
    "half an object": b'{"input": "Hi."',
    "a list": b'[{"input": "Hi."}]',
    "a string": b'"Hi."',
    "null": b"null",
    "a number": b"1",
    "not a number": b'{"input": "Hi.", "text": "Hi.", "speed": NaN}',
    "infinity": b'{"input": "Hi.", "text": "Hi.", "speed": Infinity}',
    "minus infinity": b'{"input": "Hi.", "text": "Hi.", "speed": -Infinity}',
    "a number beyond all": b'{"input": "Hi.", "text": "Hi.", "speed": 1e999}',
    "a number of many digits": b'{"input": "Hi.", "text": "Hi.", "speed": ' + b"9" * 10_000 + b"}",
    "a deep list": b'{"input": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "a deep object": b'{"input": ' * 20_000 + b"1" + b"}" * 20_000,
    "not UTF-8": b'{"input": "\xff\xfe"}',
    "a zero byte": b'{"input": "Hi."}\x00',
    "two objects": b'{"input": "Hi."}{"input": "Hi."}',
    "half a surrogate pair": b'{"input": "\\ud83d", "text": "\\ud83d"}',
    "bytes that are sound": bytes(range(256)) * 100,
}


async def refused(served: Any, path: str, body: bytes) -> tuple[int, str]:
    response = await served.client.post(path, data=body)
    error = (await response.json())["error"]
    assert set(error) <= {"code", "message", "retryable", "retry_after_s", "type"}
    assert error["message"].endswith(".")
    return response.status, error["code"]


@pytest.mark.parametrize("path", [SPEECH, SYNTHESIZE])
@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES)
async def test_a_body_that_is_no_request_is_refused(serve: Any, path: str, body: bytes) -> None:
    served = await serve()
    assert await refused(served, path, body) == (400, "invalid_request")
    assert served.engine.jobs == []


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"input": None}, "invalid_request"),
    ({"input": 1}, "invalid_request"),
    ({"input": ["Hi."]}, "invalid_request"),
    ({"input": ""}, "text_empty"),
    ({"input": "   \n"}, "text_empty"),
    ({"input": "x" * 4097}, "text_too_long"),
    ({"model": 1}, "invalid_request"),
    ({"model": "x" * 257}, "invalid_request"),
    ({"voice": "nobody"}, "voice_not_found"),
    ({"voice": "../../etc/passwd"}, "voice_not_found"),
    ({"voice": ""}, "invalid_request"),
    ({"voice": "x" * 65}, "invalid_request"),
    ({"voice": 7}, "invalid_request"),
    ({"voice": {}}, "invalid_request"),
    ({"voice": {"id": 7}}, "invalid_request"),
    ({"voice": {"id": "nobody"}}, "voice_not_found"),
    ({"voice": {"id": "heart", "more": 1}}, "invalid_request"),
    ({"voice": ["heart"]}, "invalid_request"),
    ({"instructions": 5}, "invalid_request"),
    ({"speed": "1"}, "invalid_request"),
    ({"speed": True}, "invalid_request"),
    ({"speed": 0.24}, "invalid_request"),
    ({"speed": 4.01}, "invalid_request"),
    ({"speed": -1}, "invalid_request"),
    ({"response_format": "ogg"}, "unsupported_format"),
    ({"response_format": "MP3"}, "unsupported_format"),
    ({"response_format": ""}, "unsupported_format"),
    ({"response_format": 3}, "invalid_request"),
    ({"response_format": "x" * 33}, "invalid_request"),
    ({"stream_format": "video"}, "unsupported_format"),
    ({"stream_format": False}, "invalid_request"),
]


@pytest.mark.parametrize(("changed", "code"), BAD_FIELDS, ids=[json.dumps(case[0])[:60] for case in BAD_FIELDS])
async def test_a_field_that_is_wrong_is_refused(serve: Any, changed: dict[str, Any], code: str) -> None:
    served = await serve()
    body = json.dumps({"input": "Hi.", **changed}).encode()
    assert await refused(served, SPEECH, body) == (400, code)
    assert served.engine.jobs == []


BAD_OWN_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"text": None}, "invalid_request"),
    ({"text": ""}, "text_empty"),
    ({"text": "x" * 4097}, "text_too_long"),
    ({"voice": "nobody"}, "voice_not_found"),
    ({"voice": {"id": "heart"}}, "invalid_request"),
    ({"language": "fr"}, "unsupported_language"),
    ({"language": "x" * 36}, "invalid_request"),
    ({"emotion": "sarcasm"}, "unsupported_emotion"),
    ({"ssml": True}, "invalid_ssml"),
    ({"ssml": True, "text": "<speak> </speak>"}, "text_empty"),
    ({"ssml": "yes"}, "invalid_request"),
    ({"lexicon": {"": "x"}}, "invalid_request"),
    ({"lexicon": {"a": 1}}, "invalid_request"),
    ({"lexicon": ["a"]}, "invalid_request"),
    ({"emotion_intensity": 101}, "invalid_request"),
    ({"pitch_semitones": -7}, "invalid_request"),
    ({"emotion": 1}, "invalid_request"),
    ({"speed": 5}, "invalid_request"),
    ({"seed": -1}, "invalid_request"),
    ({"seed": 2**53}, "invalid_request"),
    ({"seed": 1.5}, "invalid_request"),
    ({"seed": True}, "invalid_request"),
    ({"unknown": 1}, "invalid_request"),
]


@pytest.mark.parametrize(("changed", "code"), BAD_OWN_FIELDS, ids=[json.dumps(c[0])[:60] for c in BAD_OWN_FIELDS])
async def test_a_field_of_our_own_request_that_is_wrong_is_refused(
    serve: Any, changed: dict[str, Any], code: str
) -> None:
    served = await serve()
    body = json.dumps({"text": "Hi.", **changed}).encode()
    assert await refused(served, SYNTHESIZE, body) == (400, code)
    assert served.engine.jobs == []


async def test_a_text_of_just_the_limit_is_spoken_however_it_is_escaped(serve: Any) -> None:
    served = await serve()
    for text in ("x" * 4096, "中" * 4096, "😀" * 4096):
        body = json.dumps({"input": text, "response_format": "pcm"}, ensure_ascii=True).encode()
        response = await served.client.post(SPEECH, data=body)
        assert response.status == 200
        await response.read()


async def test_a_huge_body_is_refused(serve: Any) -> None:
    served = await serve()
    for path in (SPEECH, SYNTHESIZE):
        body = b'{"input": "' + b"x" * (512 * 1024) + b'"}'
        assert await refused(served, path, body) == (413, "payload_too_large")


async def test_a_body_that_says_it_is_gzip_and_is_not_is_refused(serve: Any) -> None:
    served = await serve()
    response = await served.client.post(
        SPEECH, data=b"plain", headers={"Content-Encoding": "gzip"}, skip_auto_headers=()
    )
    assert response.status == 400


async def test_a_body_that_inflates_beyond_the_limit_is_refused(serve: Any) -> None:
    import gzip

    served = await serve()
    bomb = gzip.compress(b'{"input": "' + b"x" * 50_000_000 + b'"}')
    response = await served.client.post(SPEECH, data=bomb, headers={"Content-Encoding": "gzip"}, skip_auto_headers=())
    assert response.status in (400, 413)


async def test_what_was_sent_never_comes_back_nor_into_the_log(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    served = await serve()
    for body in (
        {"input": PRIVATE, "speed": PRIVATE},
        {"input": PRIVATE, "voice": PRIVATE},
        {"input": PRIVATE, "response_format": PRIVATE[:30]},
        {"input": {PRIVATE: PRIVATE}},
        {"text": PRIVATE, PRIVATE: 1},
        {"text": PRIVATE, "emotion": PRIVATE},
        {"text": PRIVATE, "language": PRIVATE},
    ):
        response = await served.client.post(SPEECH if "input" in body else SYNTHESIZE, json=body)
        assert response.status == 400
        assert PRIVATE[:20] not in await response.text()
    assert PRIVATE[:20] not in "".join(capsys.readouterr())
