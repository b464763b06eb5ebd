"""Feeds: one blocking read of the store for each job that is watched on this node, whoever many watch it here.

A watcher is a place in the log, no queue: it takes the next entry from what the feed has just read, else from the log,
else from the files. So a slow one costs nothing, loses nothing, and holds nobody up.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Final

from redis.exceptions import RedisError

from server.errors import FoleyUnavailableError
from server.logs import frames_of, get_logger
from server.tasks.files import Files
from server.tasks.segments import SEGMENT_ENTRIES, read_header, read_segment
from server.tasks.state import BYTES_PER_SAMPLE, Entry
from server.tasks.store import TaskStore

TAIL_ENTRIES: Final = 128
"""What a feed keeps of what it has read last: 2.5 MB of sound."""
_BLOCK_MS: Final = 1000
_SEEN_EVERY_S: Final = 15.0
_OUTAGE_PAUSE_S: Final = 0.2
_LONGEST_OUTAGE_S: Final = 30.0
_log = get_logger(__name__)


@contextlib.contextmanager
def file_errors() -> Iterator[None]:
    """Say in our own words that what was made is gone or damaged."""
    try:
        yield
    except (OSError, ValueError) as error:
        _log.error("files cannot be read", error=type(error).__name__)
        raise FoleyUnavailableError("What was made is not there any more; ask for it again.") from error


class Feeds:
    """The feeds of one node, by job."""

    def __init__(self, store: TaskStore, files: Files, clock: Callable[[], float]) -> None:
        """`clock` gives Unix time."""
        self._store = store
        self._files = files
        self._clock = clock
        self._feeds: dict[str, Feed] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._feeds)

    @contextlib.asynccontextmanager
    async def watching(self, job: str) -> AsyncIterator["Feed"]:
        """The feed of a job, from now until the block ends."""
        feed = self._feeds.get(job)
        if feed is None:
            feed = self._feeds[job] = Feed(job, self._store, self._clock)
        feed.watchers += 1
        try:
            yield feed
        finally:
            feed.watchers -= 1
            if feed.watchers == 0:
                del self._feeds[job]
                self._ending.add(reading := feed.stop())
                reading.add_done_callback(self._ending.discard)

    async def aclose(self) -> None:
        """Wait until nothing is read any more; there are no watchers then."""
        if self._ending:
            await asyncio.wait(self._ending, timeout=2 * _BLOCK_MS / 1000)

    async def read(self, job: str, index: int, from_sample: int, at_sample: int) -> list[Entry]:
        """Entries of a job from `index` on, out of its files or its log; none where there are no more now.

        Of a stretch that lies wholly before `from_sample` the chunks come with silence instead.

        Raises:
            FoleyUnavailableError: its files cannot be read.
        """
        while (state := await self._store.job(job)) is not None:
            if index < state.spilled:
                with file_errors():
                    return await asyncio.to_thread(self._from_files, job, index, from_sample, at_sample)
            entries = [entry for entry in await self._store.read_log(job, index) if entry is not None]
            if not entries or entries[0].index == index:
                return entries
            # It went from the log into a file between the two looks.
        return []

    def _from_files(self, job: str, index: int, from_sample: int, at_sample: int) -> list[Entry]:
        folder, number = self._files.result(job), index // SEGMENT_ENTRIES
        if index % SEGMENT_ENTRIES == 0 and from_sample > at_sample:
            segment = read_header(folder, number)
            if at_sample + segment.n_bytes // BYTES_PER_SAMPLE <= from_sample:
                return [
                    Entry(at, pcm=bytes(entry)) if isinstance(entry, int) else Entry(at, event=entry)
                    for at, entry in enumerate(segment.entries, segment.first_index)
                ]
        return read_segment(folder, number)[index % SEGMENT_ENTRIES :]


class Feed:
    """What is read of one job's log as it grows."""

    def __init__(self, job: str, store: TaskStore, clock: Callable[[], float]) -> None:
        self.job = job
        self.watchers = 0
        self.is_over = False
        """Nothing more will come: what is not in the tail is in the log or the files, or was never made."""
        self.is_lost = False
        """The store was away for too long."""
        self._store = store
        self._clock = clock
        self._tail: deque[Entry] = deque(maxlen=TAIL_ENTRIES)
        self._next_index = 0
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name=f"feed {job}")

    def get(self, index: int) -> Entry | None:
        """An entry, if it is among the last that were read."""
        at = index - self._tail[0].index if self._tail else -1
        return self._tail[at] if 0 <= at < len(self._tail) else None

    @property
    def next_index(self) -> int:
        """Of the entry that is read next; all before it are there."""
        return self._next_index

    async def wait(self, timeout_s: float) -> None:
        """Wait until something was read, the log is over, or so many seconds have passed."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), timeout_s)

    def stop(self) -> asyncio.Task[None]:
        """Nobody watches any more. The reading ends soon: a client may swallow a cancellation that meets an answer."""
        self.is_over = True
        self._reading.cancel()
        return self._reading

    async def _read(self) -> None:
        try:
            await self._begin()
            seen_s, away_since_s = 0.0, None
            while not self.is_over:
                try:
                    if self._clock() - seen_s >= _SEEN_EVERY_S:
                        seen_s = self._clock()
                        await self._store.seen(self.job, seen_s)
                    entries = await self._store.wait_log(self.job, self.next_index, _BLOCK_MS)
                    if not entries:
                        # The end is told in the log, which does not last for ever after it.
                        state = await self._store.job(self.job)
                        self.is_over = state is None or state.state not in ("pending", "processing")
                    away_since_s = None
                except RedisError:
                    # Its client has waited already; the store may be started again all the same.
                    away_since_s = away_since_s or self._clock()
                    if self._clock() - away_since_s > _LONGEST_OUTAGE_S:
                        raise
                    await asyncio.sleep(_OUTAGE_PAUSE_S)
                    continue
                self._take(entries)
        except Exception as error:
            _log.error("feed broke off", job=self.job, error=type(error).__name__, frames=frames_of(error))
            self.is_lost = True
        finally:
            self.is_over = True
            self._changed.set()

    async def _begin(self) -> None:
        """Begin at the end of what is there: those who want more of it read it themselves."""
        state = await self._store.job(self.job)
        self._next_index = state.n if state is not None else 0
        # Nothing more comes to what is over: who hears a repeat does not wait for it.
        self.is_over = state is None or state.state not in ("pending", "processing")
        self._notify()

    def _take(self, entries: list[Entry | None]) -> None:
        for entry in entries:
            if entry is None:
                self.is_over = True
                break
            if entry.index != self._next_index:
                self._tail.clear()  # it came late, and some are in files only
            self._tail.append(entry)
            self._next_index = entry.index + 1
        if entries:
            self._notify()

    def _notify(self) -> None:
        """Wake all who wait; whoever waits from now on waits for the next time."""
        self._changed.set()
        self._changed = asyncio.Event()
