"""A task's status, its tickets, its end: what can be asked about it and done with it but hear it."""

from aiohttp import web

from server.api.context import Foley
from server.api.foley_access import base_url, foley_of, holder, known_task_id, maker, task_in
from server.engines.foley.backend import SAMPLE_RATE_HZ
from server.protocol.foley import (
    LogLine,
    Step,
    TaskCancelled,
    TaskDeleted,
    TaskError,
    TaskResult,
    TaskStatus,
    Ticket,
    output_query,
)
from server.tasks.service import TICKET_LIFE_S
from server.tasks.state import Credential, Task


async def foley_status(request: web.Request) -> web.Response:
    """How far it is, and what has come of it."""
    foley, task_id, credential = foley_of(request), known_task_id(request.query.get("task_id", "")), maker(request)
    task = await foley.tasks.status(task_id, credential)
    step, percent, _ = progress_of(task)
    answer = TaskStatus(
        task_id=task_id,
        status=task.state,
        step=step,
        progress=percent,
        result=await _result(request, foley, task, credential) if task.state == "completed" else None,
        error=None if task.error is None else error_of(task),
        cached=task.is_cached,
    )
    return web.json_response(text=answer.model_dump_json(), headers={"Cache-Control": "no-store"})


async def make_ticket(request: web.Request) -> web.Response:
    """What a URL can carry."""
    foley, task_id, credential = foley_of(request), task_in(request), holder(request)
    await foley.tasks.open(task_id, credential, for_change=True)
    ticket = Ticket(ticket=await foley.tasks.ticket(task_id, credential), expires_in_s=int(TICKET_LIFE_S))
    return web.json_response(text=ticket.model_dump_json(), headers={"Cache-Control": "no-store"})


async def cancel_task(request: web.Request) -> web.Response:
    """End the work; what was made stays."""
    foley, task_id, credential = foley_of(request), task_in(request), holder(request)
    await foley.tasks.open(task_id, credential, for_change=True)
    task = await foley.tasks.cancel(task_id, credential)
    return web.json_response(text=TaskCancelled(task_id=task_id, status=task.state).model_dump_json())


async def delete_task(request: web.Request) -> web.Response:
    """Forget it."""
    foley, task_id, credential = foley_of(request), task_in(request), holder(request)
    await foley.tasks.open(task_id, credential, for_change=True)
    await foley.tasks.delete(task_id, credential)
    return web.json_response(text=TaskDeleted(task_id=task_id).model_dump_json())


def progress_of(task: Task) -> tuple[Step, int, str]:
    """The step it is in, percent, and one sentence for people."""
    progress = task.progress or {"step": "receiving", "percent": 0, "message": "Waiting for its turn."}
    if task.state == "completed":
        return "finishing", 100, "Done."
    return progress["step"], progress["percent"], progress["message"] if task.error is None else task.error.message


def error_of(task: Task) -> TaskError:
    """Why it failed or was cancelled."""
    assert task.error is not None
    told = task.error
    return TaskError(code=told.code, message=told.message, retryable=told.retryable)


async def audio_url(request: web.Request, foley: Foley, task: Task, credential: Credential) -> str:
    """Where its sound is, for whoever has the URL."""
    ticket = await foley.tasks.ticket(task.id, credential, for_reader=True)
    query = output_query(task.notes.get("output", {}))
    return f"{base_url(request)}/v1/video/foley/{task.id}/audio?{query}&ticket={ticket}"


async def _result(request: web.Request, foley: Foley, task: Task, credential: Credential) -> TaskResult:
    entries = await foley.tasks.events(task.id, credential)
    seconds = next(
        (entry["duration_s"] for entry in entries if entry["type"] == "summary"), task.n_samples / SAMPLE_RATE_HZ
    )
    log = None
    if task.notes.get("is_log_wanted"):
        steps = [entry for entry in entries if entry["type"] == "progress"]
        log = tuple(LogLine(step=step["step"], percent=step["percent"], message=step["message"]) for step in steps)
    return TaskResult(
        audio_url=await audio_url(request, foley, task, credential), duration_seconds=float(seconds), log=log
    )
