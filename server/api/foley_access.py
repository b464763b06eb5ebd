"""Who may do what with a Foley task: by its token, by a ticket that stands in a URL, or by having made it."""

from typing import Final

from aiohttp import web

from server.api.context import CONTEXT, Foley
from server.api.middleware import CLIENT
from server.errors import TaskNotFoundError
from server.protocol.foley import is_task_id
from server.tasks.state import Credential

TOKEN_HEADER: Final = "X-Task-Token"


def foley_of(request: web.Request) -> Foley:
    """What makes Foley.

    Raises:
        FoleyUnavailableError: when this server makes none.
    """
    return request.app[CONTEXT].foley.open()


def holder(request: web.Request) -> Credential:
    """For what changes a task: its token, in a header."""
    return Credential(token=request.headers.get(TOKEN_HEADER, ""))


def reader(request: web.Request) -> Credential:
    """For what reads it: its token, or a ticket in the query."""
    token = request.headers.get(TOKEN_HEADER)
    return Credential(token=request.query.get("ticket", "") if token is None else token)


def maker(request: web.Request) -> Credential:
    """For asking how it is: its token, or being who made it. Clients of other shapes know of no token."""
    token = request.headers.get(TOKEN_HEADER)
    return Credential(owner=request[CLIENT]) if token is None else Credential(token=token)


def task_in(request: web.Request) -> str:
    """The id in the path.

    Raises:
        TaskNotFoundError: when it can be none: the store is not asked.
    """
    return known_task_id(request.match_info["task_id"])


def known_task_id(task_id: str) -> str:
    """The same of an id from elsewhere."""
    if not is_task_id(task_id):
        raise TaskNotFoundError("There is no such task, or its token is another; tasks are forgotten after a while.")
    return task_id


def base_url(request: web.Request) -> str:
    """Where this server is for whoever asks: what is set, or as it was asked."""
    return request.app[CONTEXT].settings.public_url or f"{request.scheme}://{request.host}"


def websocket_url(request: web.Request, task_id: str, ticket: str) -> str:
    """Where the task can be followed."""
    scheme, _, rest = base_url(request).partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}/ws/{task_id}?ticket={ticket}"
