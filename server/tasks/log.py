"""TaskLog: what a rendering thread writes to, entry by entry, for as long as it may.

A worker that takes a job over begins at entry 0 and makes all of it again; what is there already is passed over, and
compared, so that nothing comes twice and what comes is one and the same recording.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from redis.exceptions import OutOfMemoryError, ResponseError

from server.errors import InternalError
from server.logs import get_logger
from server.tasks.files import Files
from server.tasks.segments import SEGMENT_ENTRIES, write_segment
from server.tasks.state import BYTES_PER_SAMPLE, Entry
from server.tasks.store import BlockingJobs, Claim, Verdict

Work = Callable[[str, str, "TaskLog", Callable[[], bool]], None]
"""What makes sound: (request as JSON, path of the video, log, whether to stop). It runs in a thread. It may be started
again in another process at any moment, and then writes the same entries; `log` raises where it is to stop."""

_FULL_PAUSE_S: Final = 0.1
_log = get_logger(__name__)


class WorkStoppedError(Exception):
    """The work is to end: its job was cancelled, or another worker has it. Not an error of the work."""


class LeaseLostError(WorkStoppedError):
    """Another worker has the job."""


class LostEntriesError(Exception):
    """The store has fewer entries than were written; the work is to be done again from the beginning."""


class TaskLog:
    """The log of one claim; used by one thread."""

    def __init__(
        self, claim: Claim, jobs: BlockingJobs, files: Files, max_bytes: int, stopped: Callable[[], bool]
    ) -> None:
        """`max_bytes` may lie in all logs together; `stopped` tells that the work is to end."""
        self._claim = claim
        self._jobs = jobs
        self._folder = files.result(claim.job)
        self._max_bytes = max_bytes
        self._stopped = stopped
        self._segment: list[Entry] = []
        """What was written since the last file."""
        self._spilled = claim.spilled
        self.n = 0
        """Entries written, those that were there already included."""

    def append_chunk(self, index: int, pcm: bytes) -> None:
        """Write 100 ms of signed 16-bit little-endian stereo at 48 kHz.

        Raises:
            WorkStoppedError: this worker is to stop.
            InternalError: other sound than this is there already.
            ValueError: it is not the next index, or not whole samples.
        """
        if not pcm or len(pcm) % BYTES_PER_SAMPLE:
            raise ValueError("a chunk is one or more whole samples of two channels")
        self._append(Entry(index, pcm=pcm), pcm, is_event=False, is_progress=False)

    def append_event(self, index: int, event: Mapping[str, Any]) -> None:
        """Write a JSON object; the last of type `progress` is what the task's status tells.

        Raises:
            as `append_chunk`.
        """
        data = json.dumps(event, ensure_ascii=False, allow_nan=False).encode()
        self._append(Entry(index, event=dict(event)), data, is_event=True, is_progress=event.get("type") == "progress")

    def finish(self, now_s: float) -> None:
        """The work is done: put away what is left and say so.

        Raises:
            WorkStoppedError: this worker is to stop.
        """
        self._spill()
        self._heed(self._jobs.finish(self._claim, "completed", now_s))

    def seal(self) -> None:
        """The work was ended: put away what was heard of it, so that it can be heard again."""
        if self._segment and self.n > self._claim.spilled:
            write_segment(self._folder, (self.n - 1) // SEGMENT_ENTRIES, self._segment)
            self._jobs.seal(self._claim, self.n)

    def _append(self, entry: Entry, data: bytes, *, is_event: bool, is_progress: bool) -> None:
        if entry.index != self.n:
            raise ValueError(f"entry {self.n} comes next, not {entry.index}")
        n_samples = 0 if is_event else len(data) // BYTES_PER_SAMPLE
        while True:
            if self._stopped():
                raise WorkStoppedError
            verdict = self._try(entry.index, data, n_samples, is_event, is_progress)
            if verdict != "full":
                break
            time.sleep(_FULL_PAUSE_S)  # others' logs go to files meanwhile; the time limit ends it if they do not
        if verdict == "gap":
            # The store has lost its last second, as it may with the power: what it lacks is written again.
            raise LostEntriesError
        self._heed(verdict)
        self._segment.append(entry)
        self.n += 1
        if self.n % SEGMENT_ENTRIES == 0:
            self._spill()

    def _try(self, index: int, data: bytes, n_samples: int, is_event: bool, is_progress: bool) -> Verdict:
        try:
            return self._jobs.append(
                self._claim,
                index,
                data,
                n_samples=n_samples,
                is_event=is_event,
                is_progress=is_progress,
                max_bytes=self._max_bytes,
            )
        except OutOfMemoryError:
            return "full"
        except ResponseError as error:
            if not str(error).startswith("MISCONF"):  # its disk is full
                raise
            return "full"

    def _spill(self) -> None:
        """Put the last stretch into a file; the store may forget it then."""
        if self._segment and self.n > self._spilled:
            write_segment(self._folder, (self.n - 1) // SEGMENT_ENTRIES, self._segment)
            n_bytes = sum(_size(entry) for entry in self._segment if entry.index >= self._spilled)
            self._heed(self._jobs.spill(self._claim, self.n, n_bytes))
            self._spilled = self.n
        self._segment = []

    def _heed(self, verdict: Verdict) -> None:
        if verdict == "lost":
            raise LeaseLostError
        if verdict == "over":
            raise WorkStoppedError
        if verdict == "differs":
            _log.error("not the same again", job=self._claim.job, entry=self.n)
            raise InternalError("The sound came out differently the second time; ask for it again.")


def _size(entry: Entry) -> int:
    if entry.pcm is not None:
        return len(entry.pcm)
    return len(json.dumps(entry.event, ensure_ascii=False, allow_nan=False).encode())
