"""Kokoro's generator over one utterance, a window at a time: any window equals that stretch of the whole.

A frame is 25 ms. Per frame the generator takes 2 columns of x and 120 of the source, and gives 120 spectra.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from server.runtime.sessions import GraphSession, Shapes

Floats = npt.NDArray[np.float32]

X_CHANNELS: Final = 512
X_PER_FRAME: Final = 2
SPECTRA_PER_FRAME: Final = 120
SPECTRUM_ROWS: Final = 22
SAMPLES_PER_COLUMN: Final = 300
"""Of x, f0, energy and the phase."""

# What a window of the inner graph needs beyond itself, in columns: the export finds it from the graph's convolutions
# (`context` in export/kokoro_streaming/generator.py), and a test compares the two.
X_BEFORE: Final = 8
X_AFTER: Final = 8
SOURCE_BEFORE: Final = 651
SOURCE_AFTER: Final = 645

CONTEXT_FRAMES: Final = -(-SOURCE_BEFORE // SPECTRA_PER_FRAME)
"""The same in whole frames, either side."""
_SOURCE_MARGIN_FRAMES: Final = 1
"""The source looks half a frame around itself for its phase, and ten samples for its spectra."""


@dataclass(frozen=True, slots=True)
class GeneratorGraphs:
    """The sessions that make spectra."""

    phase: GraphSession
    """f0 [1, 2F] -> phase [1, 9, 2F] in radians, summed over the utterance."""
    source: GraphSession
    """angle [1, 9, 600F], f0 -> har [1, 22, 120F + 1], of any stretch of frames."""
    inner: GraphSession
    """x, har, scale, shift -> spectra, of a window inside the utterance; x and har with context."""
    edge: GraphSession
    """The same for a whole utterance: zeros beyond both ends."""


def inner_shapes(n_frames: int) -> Shapes:
    """Of x and har, as the inner graph takes them for a window of so many frames."""
    return {
        "x": (1, X_CHANNELS, 1, X_PER_FRAME * n_frames + X_BEFORE + X_AFTER),
        "har": (1, SPECTRUM_ROWS, 1, SPECTRA_PER_FRAME * n_frames + SOURCE_BEFORE + SOURCE_AFTER),
    }


def interpolated(phase: Floats, start: int, end: int) -> Floats:
    """The phase between the columns, at the rate of the sound.

    Bit for bit as the exported graph does it over the whole utterance (ONNX Resize, linear, half_pixel: onnxruntime
    takes each of two terms four times, or in all rows but the last twice): see `stages.py` in the export for why.

    Args:
        phase: of the whole utterance, [1, 9, 2F].
        start: first column.
        end: the one after the last.

    Returns:
        float32 [1, 9, 300 (end - start)].
    """
    columns = phase[0]
    n_columns = columns.shape[1]
    samples = np.arange(SAMPLES_PER_COLUMN * start, SAMPLES_PER_COLUMN * end).astype(np.float32)
    place = (samples + np.float32(0.5)) / np.float32(SAMPLES_PER_COLUMN) - np.float32(0.5)
    place = np.clip(place, np.float32(0), np.float32(n_columns - 1))
    left = place.astype(np.int64)
    right = np.minimum(left + 1, n_columns - 1)
    is_last = left == right
    from_left = np.where(is_last, np.float32(0.5), place - left.astype(np.float32))
    from_right = np.where(is_last, np.float32(0.5), right.astype(np.float32) - place)
    angle = np.empty((1, len(columns), len(samples)), np.float32)
    for rows, times in ((slice(0, -1), 2), (slice(-1, None), 4)):
        share = np.float32(1 / times)
        near = (from_right * share) * columns[rows][:, left]
        far = (from_left * share) * columns[rows][:, right]
        total = near + far
        for _ in range(times - 1):
            total += near
            total += far
        angle[0, rows] = total
    return angle


class Generator:
    """One utterance's. Windows may be asked for in rising order only, so that the source is made once."""

    def __init__(self, graphs: GeneratorGraphs, x: Floats, f0: Floats, scale: Floats, shift: Floats) -> None:
        """Sum the phase; nothing else runs yet.

        Args:
            graphs: the sessions.
            x: of the whole utterance, [1, 512, 2F].
            f0: likewise, [1, 2F], hertz.
            scale: of every channel of every norm, [NORM_CHANNELS].
            shift: likewise.
        """
        self.n_frames = f0.shape[1] // X_PER_FRAME
        self._graphs = graphs
        self._x = x
        self._f0 = f0
        self._affine = {"scale": scale, "shift": shift}
        self._phase: Floats = graphs.phase.run(["phase"], {"f0": f0})[0]
        self._source = np.zeros((1, SPECTRUM_ROWS, 0), np.float32)
        self._source_from = 0  # the frame that `_source` begins with
        self._source_until = 0  # and the one that it ends before

    def spectra(self, start: int, end: int) -> Floats:
        """The spectra of frames `start` to `end`, float32 [22, 120 (end - start)], one more at the utterance's end."""
        first, last = max(0, start - CONTEXT_FRAMES), min(self.n_frames, end + CONTEXT_FRAMES)
        self._make_source(first, last)
        if start - first == CONTEXT_FRAMES == last - end:
            return self._run(
                self._graphs.inner,
                slice(X_PER_FRAME * start - X_BEFORE, X_PER_FRAME * end + X_AFTER),
                slice(SPECTRA_PER_FRAME * start - SOURCE_BEFORE, SPECTRA_PER_FRAME * end + SOURCE_AFTER),
            )
        # Where the window is cut out of the utterance the zeros beyond its end are wrong; the context is as far as
        # they are felt.
        padded = self._run(
            self._graphs.edge,
            slice(X_PER_FRAME * first, X_PER_FRAME * last),
            slice(SPECTRA_PER_FRAME * first, SPECTRA_PER_FRAME * last + 1),
        )
        stop = SPECTRA_PER_FRAME * (end - first) + (1 if end == self.n_frames else 0)
        return padded[:, SPECTRA_PER_FRAME * (start - first) : stop]

    def _run(self, graph: GraphSession, x: slice, source: slice) -> Floats:
        offset = SPECTRA_PER_FRAME * self._source_from
        feeds = {
            "x": self._x[:, :, np.newaxis, x],
            "har": self._source[:, :, np.newaxis, source.start - offset : source.stop - offset],
            **self._affine,
        }
        spectra: Floats = graph.run(["spectra"], feeds)[0][0, :, 0]
        return spectra

    def _make_source(self, first: int, last: int) -> None:
        """Have the source of frames `first` to `last`, and drop what comes before."""
        begin = max(first, self._source_until)
        kept = self._source[:, :, SPECTRA_PER_FRAME * max(0, first - self._source_from) :]
        self._source_from = max(first, self._source_from) if kept.shape[2] else first
        if begin < last:
            new = self._source_of(begin, last)
            # One spectrum more than 120 a frame is made each time; the next window's first is the same one.
            kept = np.concatenate((kept[:, :, : SPECTRA_PER_FRAME * (begin - self._source_from)], new), axis=2)
            self._source_until = last
        self._source = kept

    def _source_of(self, begin: int, end: int) -> Floats:
        first, last = max(0, begin - _SOURCE_MARGIN_FRAMES), min(self.n_frames, end + _SOURCE_MARGIN_FRAMES)
        part = slice(X_PER_FRAME * first, X_PER_FRAME * last)
        feeds = {"angle": interpolated(self._phase, part.start, part.stop), "f0": self._f0[:, part]}
        made: Floats = self._graphs.source.run(["har"], feeds)[0]
        return made[:, :, SPECTRA_PER_FRAME * (begin - first) : SPECTRA_PER_FRAME * (end - first) + 1]
