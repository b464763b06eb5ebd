"""The Socket.IO door: translates between the wire and Sessions, and decides nothing else."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import socketio
from aiohttp import web
from socketio.packet import BINARY_EVENT

from server.api.access import authenticate, check_ready, is_origin_allowed
from server.api.context import ApiContext
from server.api.emotions import manner_of
from server.api.foley_watch import watch_task
from server.api.limits import MessagePace
from server.api.spoken_text import what_to_say
from server.api.websocket import LET_IN, EngineServer
from server.engines.base import SpeechRequest
from server.errors import InternalError, InvalidRequestError, OverloadedError, TextTooLongError, WildtrackError
from server.logs import frames_of, get_logger
from server.protocol.events import Cancel, Playback, Resume, Synthesize, SynthesizeAck, TextMessage, parse
from server.streaming.session import Session
from server.streaming.stream import Stream
from server.streaming.tickets import Tickets

_log = get_logger(__name__)
_FIRST_ATTACHMENT = {"_placeholder": True, "num": 0}
"""What stands in an event for the binary message that follows it (socket.io-protocol 5)."""
MAX_MESSAGE_BYTES = 1_000_000
"""A larger message from a client closes its connection (WebSocket close code 1009)."""


class SpeechNamespace(socketio.AsyncNamespace):  # type: ignore[misc]  # python-socketio ships no types
    """The default namespace; the events in and out are those of `server.protocol.events`."""

    def __init__(self, context: ApiContext) -> None:
        super().__init__("/")
        self._context = context
        self._sessions: dict[str, Session] = {}
        self._clients: dict[str, str] = {}
        self._paces: dict[str, MessagePace] = {}
        self._tickets = Tickets(context.scheduler.clock)
        self._handlers: dict[str, Callable[[str, Session, Any], Awaitable[dict[str, Any] | None]]] = {
            "synthesize": self._synthesize,
            "text": self._text,
            "cancel": self._cancel,
            "playback": self._playback,
            "resume": self._resume,
            "watch": self._watch,
        }

    async def trigger_event(self, event: str, *args: Any) -> Any:
        """Called by python-socketio for whatever a client sends, and when it comes and goes.

        Event names come from outside: one we do not know, or one that is python-socketio's own, is answered with an
        error like any other bad request.
        """
        sid: str = args[0]
        if event == "connect" and sid not in self._sessions:
            return await self._connect(sid, args[1], args[2] if len(args) > 2 else None)
        if event == "disconnect":
            return await self._disconnect(sid)
        session = self._sessions.get(sid)
        if session is None:
            return {"error": InvalidRequestError("Connect first.").as_dict()}
        try:
            handler = self._handlers.get(event)
            if handler is None:
                raise InvalidRequestError("There is no such event; docs/protocol.md lists those there are.")
            return await handler(sid, session, args[1] if len(args) > 1 else None)
        except WildtrackError as error:
            return self._refusal(error)
        except Exception as error:
            _log.error("event_failed", event_name=event, error=type(error).__name__, frames=frames_of(error))
            return self._refusal(InternalError("Something went wrong on the server; try again."))

    def _refusal(self, error: WildtrackError) -> dict[str, Any]:
        self._context.metrics.refused("socketio", error.code)
        return {"error": error.as_dict()}

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        context = self._context
        request: web.Request = environ["aiohttp.request"]
        try:
            check_ready(context)
            if len(self._sessions) >= context.settings.max_connections:
                raise OverloadedError(
                    "The server has as many connections as it may; try again soon.", retry_after_s=5.0
                )
            presented = auth.get("api_key") if isinstance(auth, dict) else None
            self._clients[sid] = authenticate(
                context, presented if isinstance(presented, str) else None, request.remote
            )
        except WildtrackError as error:
            context.metrics.refused("socketio", error.code)
            raise socketio.exceptions.ConnectionRefusedError(error.message, error.as_dict()) from None
        environ[LET_IN] = True
        context.metrics.connected(1)
        settings = context.settings

        async def emit(event: str, data: dict[str, Any], on_ack: Callable[[], None] | None) -> None:
            if on_ack is None:
                await self.emit(event, data, to=sid)
            else:
                await self.server.emit_audio(sid, event, data, on_ack)

        self._paces[sid] = MessagePace(settings.texts_per_second, clock=context.scheduler.clock)
        self._sessions[sid] = Session(
            engine=context.engine,
            scheduler=context.scheduler,
            tickets=self._tickets,
            emit=emit,
            window=settings.window_messages,
            max_streams=settings.max_streams_per_connection,
            max_characters=settings.max_text_characters,
            on_stream_ended=context.on_stream_ended,
            on_underruns=context.metrics.ran_dry,
        )

    async def _disconnect(self, sid: str) -> None:
        self._clients.pop(sid, None)
        self._paces.pop(sid, None)
        environ = self.server.get_environ(sid)
        if environ is not None:
            environ.pop(LET_IN, None)
        session = self._sessions.pop(sid, None)
        if session is not None:
            self._context.metrics.connected(-1)
            await session.close()

    async def _synthesize(self, sid: str, session: Session, data: Any) -> dict[str, Any]:
        context = self._context
        message = parse(Synthesize, data)
        manner = manner_of(message.emotion, message.emotion_intensity, message.pitch_semitones)
        limit = context.settings.max_text_characters
        if len(message.text) > limit:
            raise TextTooLongError(f"The text is longer than {limit} characters; send it in parts.")
        check_ready(context)
        context.limiter.check(self._clients[sid])
        if message.ssml and message.incremental:
            raise InvalidRequestError("SSML comes in one piece: leave `incremental` out, or send plain text.")
        said = await what_to_say(context, message.text, is_ssml=message.ssml, lexicon=message.lexicon)
        stream = await session.open(
            SpeechRequest(
                text=said.text,
                script=said.script,
                lexicon=said.lexicon,
                voice_id=message.voice,
                language=message.language,
                speed=message.speed,
                manner=manner,
                seed=message.seed,
                is_open=message.incremental,
                timings=message.timings,
            ),
            is_bulk=message.priority == "bulk",
        )
        return _acknowledgement(stream)

    async def _text(self, sid: str, session: Session, data: Any) -> dict[str, Any]:
        # Nothing is awaited here: each message runs in a task of its own, and they have to take effect in order.
        self._paces[sid].check()
        message = parse(TextMessage, data)
        texts = session.write(message.stream_id, message.text, flush=message.flush, end=message.end)
        return {"stream_id": message.stream_id, "texts": texts}

    async def _resume(self, sid: str, session: Session, data: Any) -> dict[str, Any]:
        message = parse(Resume, data)
        check_ready(self._context)
        self._context.limiter.check(self._clients[sid])
        stream = await session.resume(message.stream_id, message.stream_token, message.next_sample)
        self._context.metrics.resumed()
        return _acknowledgement(stream)

    async def _watch(self, sid: str, session: Session, data: Any) -> dict[str, Any]:
        check_ready(self._context)
        self._context.limiter.check(self._clients[sid])
        return await watch_task(self._context, session, data)

    async def _cancel(self, sid: str, session: Session, data: Any) -> dict[str, Any]:
        message = parse(Cancel, data)
        session.cancel(message.stream_id)
        return {"stream_id": message.stream_id, "cancelled": True}

    async def _playback(self, sid: str, session: Session, data: Any) -> None:
        message = parse(Playback, data)
        session.report_playback(message.stream_id, message.position_s, message.underruns)


def _acknowledgement(stream: Stream) -> dict[str, Any]:
    job = stream.job
    return SynthesizeAck(
        stream_id=stream.stream_id,
        stream_token=stream.token,
        sample_rate_hz=job.sample_rate_hz,
        channels=job.channels,
        voice=job.voice.id,
        requested_voice=stream.request.voice_id,
        language=job.language,
        notice=job.notice,
        texts=0 if stream.dictation is None else stream.dictation.n_texts,
    ).model_dump()


class SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio ships no types
    """Socket.IO on an engine.io that forgets who has left."""

    def _engineio_server_class(self) -> type[EngineServer]:
        return EngineServer

    async def emit_audio(self, sid: str, event: str, data: dict[str, Any], on_ack: Callable[[], None]) -> None:
        """Emit an event with sound in `pcm` to one client, and call `on_ack` when it acknowledges it.

        As `emit` does, which would look for everybody in the room, start a task for each and search the data for
        binary: a third of what a message costs.
        """
        eio_sid = self.manager.eio_sid_from_sid(sid, "/")
        if eio_sid is None:  # it has left
            return
        ack_id = self.manager._generate_ack_id(sid, lambda *_: on_ack())
        head = [event, {**data, "pcm": _FIRST_ATTACHMENT}]
        await self.eio.send(eio_sid, f"{BINARY_EVENT}1-{ack_id}{json.dumps(head, separators=(',', ':'))}")
        await self.eio.send(eio_sid, data["pcm"])


def attach_socketio(app: web.Application, context: ApiContext) -> None:
    """Serve Socket.IO at `/socket.io/` of `app`, and say goodbye properly when it stops."""
    server = SocketServer(
        async_mode="aiohttp",
        transports=["websocket"],
        cors_allowed_origins=lambda origin, environ: is_origin_allowed(context, origin, environ["HTTP_HOST"]),
        max_http_buffer_size=MAX_MESSAGE_BYTES,
        ping_interval=context.settings.ping_interval_s,
        ping_timeout=context.settings.ping_timeout_s,
        # Loggers of ours: left alone, both libraries would print lines of their own that are no JSON.
        logger=logging.getLogger("socketio.server"),
        engineio_logger=logging.getLogger("engineio.server"),
    )
    server.register_namespace(SpeechNamespace(context))
    server.attach(app)

    async def say_goodbye(_: web.Application) -> None:
        # Closing the WebSocket ends the connection and its session; engine.io's own disconnect would first wait for a
        # queue to empty that nobody may be reading any more.
        await server.eio.close_all()
        await server.shutdown()

    app.on_shutdown.append(say_goodbye)
