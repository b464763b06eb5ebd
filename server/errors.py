"""Every error a listener can be sent: a stable code, one human sentence, and whether trying again can help.

This module is the root of the import tree. The HTTP status of each code stands in `server/api/error_table.py`;
`docs/errors.md` lists all of them, and a test holds that page to this file.
"""

from typing import ClassVar


class WildtrackError(Exception):
    """Base of all errors that are reported to the caller.

    `message` is one sentence that says what to do; it never quotes what somebody asked to be spoken.
    `retry_after_s`, where given, is when the same request may succeed.
    """

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after_s = retry_after_s

    def as_dict(self) -> dict[str, object]:
        """The wire form, the same over HTTP and Socket.IO: `{code, message, retryable[, retry_after_s]}`."""
        body: dict[str, object] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        if self.retry_after_s is not None:
            body["retry_after_s"] = self.retry_after_s
        return body


class InternalError(WildtrackError):
    """Something broke on our side; the log has the cause, the listener does not."""

    code = "internal_error"
    retryable = True


class InvalidRequestError(WildtrackError):
    """The request does not have the form that docs/protocol.md describes."""

    code = "invalid_request"


class TextEmptyError(WildtrackError):
    """The text is empty or holds nothing that can be spoken."""

    code = "text_empty"


class TextTooLongError(WildtrackError):
    """The text is longer than this door takes."""

    code = "text_too_long"


class TextEndedError(WildtrackError):
    """Text came for a stream that takes none, or none any more."""

    code = "text_ended"


class TextTimeoutError(WildtrackError):
    """All that came of a stream's text was spoken, and then nothing more came for too long."""

    code = "text_timeout"


class InvalidSsmlError(WildtrackError):
    """The markup is broken, or asks for what there is not; the sentence says where."""

    code = "invalid_ssml"


class VoiceNotFoundError(WildtrackError):
    """No voice has this id."""

    code = "voice_not_found"


class UnsupportedLanguageError(WildtrackError):
    """The language is none of those that the installed voices read."""

    code = "unsupported_language"


class UnsupportedEmotionError(WildtrackError):
    """There is no emotion of that name."""

    code = "unsupported_emotion"


class UnsupportedFormatError(WildtrackError):
    """The audio format is none that can be written or read."""

    code = "unsupported_format"


class UnauthorizedError(WildtrackError):
    """The API key is missing or unknown."""

    code = "unauthorized"


class ForbiddenError(WildtrackError):
    """The Host or Origin of the request is not one this server answers to."""

    code = "forbidden"


class NotFoundError(WildtrackError):
    """No such path."""

    code = "not_found"


class MethodNotAllowedError(WildtrackError):
    """The path exists, the method does not."""

    code = "method_not_allowed"


class PayloadTooLargeError(WildtrackError):
    """The body is larger than this path takes."""

    code = "payload_too_large"


class StreamNotFoundError(WildtrackError):
    """No stream of this id belongs to this connection or token."""

    code = "stream_not_found"


class TaskNotFoundError(WildtrackError):
    """No task of this id answers to this token or ticket."""

    code = "task_not_found"


class TaskNotReadyError(WildtrackError):
    """What was asked for is there once the task has come further."""

    code = "task_not_ready"
    retryable = True


class TaskCancelledError(WildtrackError):
    """The task was cancelled before it was done."""

    code = "task_cancelled"


class TaskTimeoutError(WildtrackError):
    """The task took longer than one may."""

    code = "task_timeout"


class TooManyTasksError(WildtrackError):
    """As many tasks wait or run as may."""

    code = "too_many_tasks"
    retryable = True


class FoleyUnavailableError(WildtrackError):
    """This server makes no Foley, or cannot now."""

    code = "foley_unavailable"
    retryable = True


class VideoUnreadableError(WildtrackError):
    """What was sent is no video that can be read; the sentence says why, and so do the codes of its kinds."""

    code = "video_unreadable"


class UrlRefusedError(WildtrackError):
    """The video's address is none that is fetched from."""

    code = "url_refused"


class UrlFailedError(WildtrackError):
    """The video could not be fetched from its address."""

    code = "url_failed"
    retryable = True


class StorageFullError(WildtrackError):
    """The disk has no room for another video."""

    code = "storage_full"
    retryable = True


class NotAVideoError(VideoUnreadableError):
    """The file is none of the containers that are read."""

    code = "not_a_video"


class NoPictureError(VideoUnreadableError):
    """The file has no moving picture."""

    code = "no_picture"


class VideoEmptyError(VideoUnreadableError):
    """The video has no pictures."""

    code = "video_empty"


class VideoTruncatedError(VideoUnreadableError):
    """The video ends in the middle."""

    code = "video_truncated"


class VideoDamagedError(VideoUnreadableError):
    """Too much of the video cannot be decoded."""

    code = "video_damaged"


class VideoTooLongError(VideoUnreadableError):
    """The video lasts longer, or has more pictures, than is taken."""

    code = "video_too_long"


class VideoTooLargeError(VideoUnreadableError):
    """The video has more bytes than are taken."""

    code = "video_too_large"


class TooManyPixelsError(VideoUnreadableError):
    """The pictures are larger than is taken."""

    code = "too_many_pixels"


class UnsupportedCodecError(VideoUnreadableError):
    """The picture is coded in a way that is not read."""

    code = "unsupported_codec"


class DecoderCrashedError(VideoUnreadableError):
    """The process that decodes ended without a word, or sent what is none."""

    code = "decoder_crashed"


class DecoderMemoryError(VideoUnreadableError):
    """Decoding took more memory than one video may."""

    code = "decoder_out_of_memory"


class DecoderTimeError(VideoUnreadableError):
    """Decoding took more time than one video may."""

    code = "decoder_out_of_time"


class TooManyStreamsError(WildtrackError):
    """This connection already has as many open streams as one may have."""

    code = "too_many_streams"
    retryable = True


class RateLimitedError(WildtrackError):
    """Too many requests from one client in a short time."""

    code = "rate_limited"
    retryable = True


class OverloadedError(WildtrackError):
    """The server is as full as it may be while keeping every promise it has made."""

    code = "overloaded"
    retryable = True


class DrainingError(WildtrackError):
    """The server is stopping and takes nothing new."""

    code = "draining"
    retryable = True


class ListenerStalledError(WildtrackError):
    """The listener took no audio for longer than a stream is kept."""

    code = "listener_stalled"


class ModelUnavailableError(WildtrackError):
    """A model that the request needs is missing, changed or cannot run here."""

    code = "model_unavailable"


class ConfigurationError(WildtrackError):
    """The server cannot start as it is set up; the sentence says what to change."""

    code = "configuration_error"
