"""GET and PUT .../timeline, GET .../captions.vtt: what is heard and when, to be read, edited and shown as captions."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError
from pydantic import ValidationError

from server.api.access import check_ready
from server.api.context import CONTEXT
from server.api.foley_access import foley_of, holder, reader, task_in
from server.api.foley_start import created
from server.api.json_body import BODY_TIMEOUT_S
from server.api.middleware import CLIENT
from server.engines.foley.as_json import edited_timeline, known_stems, timeline_json, timeline_of
from server.engines.foley.captions import captions
from server.errors import InvalidRequestError, PayloadTooLargeError, TaskNotReadyError
from server.protocol.events import describe
from server.protocol.foley import TimelineEdit
from server.tasks.state import Source
from server.tasks.work import edited_job, stems_of

MAX_TIMELINE_BYTES: Final = 8 * 2**20
"""20 000 events take half of it."""
_LANGUAGES: Final = ("en", "zh")
_NO_STORE: Final = {"Cache-Control": "no-store"}


async def get_timeline(request: web.Request) -> web.Response:
    """What is known so far."""
    foley, task_id, credential = foley_of(request), task_in(request), reader(request)
    task = await foley.tasks.status(task_id, credential)
    entries, stems = await foley.tasks.events(task_id, credential), stems_of(json.loads(task.request))
    # That of a long video is large: the event loop has others to serve meanwhile.
    text = await asyncio.to_thread(lambda: json.dumps({**gathered(entries), "stems": stems}))
    return web.json_response(text=text, headers=_NO_STORE)


async def put_timeline(request: web.Request) -> web.Response:
    """Render another one for the same video."""
    context = request.app[CONTEXT]
    check_ready(context)
    foley, task_id, credential = foley_of(request), task_in(request), holder(request)
    await foley.tasks.open(task_id, credential, for_change=True)
    context.limiter.check(request[CLIENT])
    edit = await _read_edit(request)
    task = await foley.tasks.status(task_id, credential)
    known = await asyncio.to_thread(gathered, await foley.tasks.events(task_id, credential))
    if known["duration_s"] is None:
        raise TaskNotReadyError("The video is not seen whole yet; its timeline can be changed then.", retry_after_s=1.0)
    timeline = await asyncio.to_thread(edited_timeline, edit.events, edit.beds, known["duration_s"])
    job = edited_job(json.loads(task.request), timeline_json(timeline), known_stems(edit.stems))
    # Its own name rather than what is in it: that was known when it came, and is not worth reading it again.
    source = Source(task.source, f"upload:{task.source}")
    submitted = await foley.tasks.submit(source, job, foley.version, request[CLIENT])
    return await created(request, foley, submitted)


async def get_captions(request: web.Request) -> web.Response:
    """Sound captions of what is known so far."""
    language = request.query.get("language", "en")
    if language not in _LANGUAGES:
        raise InvalidRequestError("There are captions in `en` and `zh`; choose one as `language`.")
    foley, task_id, credential = foley_of(request), task_in(request), reader(request)
    await foley.tasks.status(task_id, credential)
    known = await asyncio.to_thread(gathered, await foley.tasks.events(task_id, credential))
    timeline = timeline_of({**known, "duration_s": known["duration_s"] or known["until_s"]})
    text = await asyncio.to_thread(captions, timeline, "zh" if language == "zh" else "en")
    return web.Response(text=text, content_type="text/vtt", charset="utf-8", headers=_NO_STORE)


def gathered(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The JSON entries of a task's log as one timeline: duration_s, until_s, events, beds, quality."""
    known: dict[str, Any] = {"duration_s": None, "until_s": 0.0, "events": [], "beds": []}
    warnings = []
    for entry in entries:
        match entry["type"]:
            case "timeline":
                known["until_s"] = entry["until_s"]
                known["events"] += entry["events"]
                known["beds"] += entry["beds"]
            case "warning":
                warnings.append(entry["code"])
            case "summary":
                known["duration_s"] = known["until_s"] = entry["duration_s"]
    known["events"].sort(key=lambda event: event["onset_s"])
    known["beds"] = joined(known["beds"], known["duration_s"])
    return {**known, "quality": {"warnings": warnings}}


def joined(beds: Sequence[Mapping[str, Any]], duration_s: float | None) -> list[dict[str, Any]]:
    """Beds that go on as they were as one: they are told in stretches, while it is not known how long they last."""
    whole: list[dict[str, Any]] = []
    last: dict[str, dict[str, Any]] = {}
    for bed in sorted(beds, key=lambda bed: (bed["start_s"], bed["label"])):
        before = last.get(bed["label"])
        if before is not None and {**before, "start_s": before["end_s"], "end_s": bed["end_s"]} == bed:
            before["end_s"] = bed["end_s"]
            continue
        last[bed["label"]] = dict(bed)
        whole.append(last[bed["label"]])
    if duration_s is not None:
        whole = [{**bed, "end_s": min(bed["end_s"], duration_s)} for bed in whole if bed["start_s"] < duration_s]
    return whole


async def _read_edit(request: web.Request) -> TimelineEdit:
    body = await _read_body(request)
    try:
        return await asyncio.to_thread(TimelineEdit.model_validate_json, body)
    except ValidationError as error:
        raise InvalidRequestError(describe(error)) from None


async def _read_body(request: web.Request) -> bytes:
    """A timeline of a long video is longer than other JSON may be."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > MAX_TIMELINE_BYTES:
                    raise PayloadTooLargeError("The timeline is too long; leave events out.")
    except TimeoutError:
        raise InvalidRequestError("The body did not arrive in time; send it at once.") from None
    except RequestPayloadError:
        raise InvalidRequestError("The body could not be read; check its length and its encoding.") from None
    return bytes(body)
