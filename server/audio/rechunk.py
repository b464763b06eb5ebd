"""Cuts blocks of any size into chunks of one size, each given away as soon as it is full."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from server.audio.chunk import AudioChunk, Break


def rechunk(
    blocks: Iterable[npt.NDArray[np.float32] | Break], chunk_samples: int, channels: int = 1, start_sample: int = 0
) -> Iterator[AudioChunk | None]:
    """Yield the same samples in chunks of `chunk_samples`, then one chunk with the rest that `is_last`.

    Blocks have shape [n_samples, channels], or [n_samples] where there is one channel; n_samples may be 0. A full chunk
    never waits to learn whether more follows, so the last one holds 0 to `chunk_samples - 1` samples. The first chunk
    starts at `start_sample`. At a `Break` what waits goes out as a chunk of its own, shorter than the others; None
    follows on one that answers no flush.
    """
    waiting: list[npt.NDArray[np.float32]] = []
    n_waiting = 0
    for block in blocks:
        if isinstance(block, Break):
            if n_waiting or block.flush is not None:
                yield AudioChunk(_joined(waiting, channels), start_sample, is_last=False, flush=block.flush)
            if block.flush is None:
                yield None
            start_sample += n_waiting
            waiting, n_waiting = [], 0
            continue
        waiting.append(block.reshape(len(block), channels))
        n_waiting += len(block)
        if n_waiting < chunk_samples:
            continue
        joined = np.concatenate(waiting)
        n_full = n_waiting - n_waiting % chunk_samples
        for n_ready in reversed(range(n_full // chunk_samples)):
            end = n_full - n_ready * chunk_samples
            yield AudioChunk(joined[end - chunk_samples : end], start_sample, is_last=False, n_ready=n_ready)
            start_sample += chunk_samples
        waiting = [joined[n_full:]]
        n_waiting -= n_full
    yield AudioChunk(_joined(waiting, channels), start_sample, is_last=True)


def _joined(blocks: list[npt.NDArray[np.float32]], channels: int) -> npt.NDArray[np.float32]:
    return np.concatenate(blocks) if blocks else np.zeros((0, channels), np.float32)
