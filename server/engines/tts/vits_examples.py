"""Inputs for the graphs of a VITS voice, at random: to see that a graph computes the same in two ways."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from server.engines.tts.vits_spec import VitsSpec
from server.runtime.model_card import ModelCard
from server.runtime.streaming_graph import StreamSpec

Feeds = Mapping[str, npt.NDArray[Any]]

_LENGTHS: Final = (31, 130, 400)
"""Ids of a word, of a first clause and of a long sentence; the strides of a matrix product go by such sizes."""


def text_examples(card: ModelCard, spec: VitsSpec) -> Iterator[Feeds]:
    """Inputs of the text graph, for utterances of several lengths."""
    n_symbols = 1 + max(number for ids in spec.phoneme_ids.values() for number in ids)
    wanted = {tensor.name for tensor in card.graphs["text"].inputs}
    for length in _LENGTHS:
        noise = np.random.default_rng(length)
        feeds: dict[str, npt.NDArray[Any]] = {
            "input": noise.integers(0, n_symbols, (1, length)),
            "input_lengths": np.array([length], np.int64),
            "scales": np.array([spec.noise_scale, spec.length_scale, spec.duration_noise_scale], np.float32),
            "duration_noise": noise.standard_normal((1, 2, length), np.float32),
            "sid": np.array([0], np.int64),
        }
        yield {name: value for name, value in feeds.items() if name in wanted}


def first_example(card: ModelCard, part: str, stream: StreamSpec) -> Feeds:
    """Inputs of the graph that is called first for flow or decoder."""
    noise = np.random.default_rng(0)
    return {
        tensor.name: noise.standard_normal(
            [extent if isinstance(extent, int) else stream.first_frames for extent in tensor.shape], np.float32
        )
        for tensor in card.graphs[f"{part}_first"].inputs
    }
