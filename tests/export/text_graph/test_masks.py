"""Masks go where nothing is hidden, and what is no mask stays."""

import numpy as np

from export.streaming.graph import Graph
from export.text_graph.masks import drop_masks
from tests.export.streaming.tiny import Builder, run, whole_numbers


def masked() -> Graph:
    """`x` masked, a square made of the mask that chooses between it and -10000, and a product that is no mask."""
    build = Builder(channels=2)
    build.inputs.append(build.inputs[0].model_copy(update={"name": "lengths", "dtype": "int64", "shape": (1,)}))
    one, zero = build.constant(1, np.int64), build.constant(0, np.int64)
    places = build.add("Range", zero, build.add("Gather", build.add("Shape", "x"), build.constant(2, np.int64)), one)
    before_end = build.add("Less", places, build.add("Unsqueeze", "lengths", build.constant([1], np.int64)))
    mask = build.add("Cast", build.add("Unsqueeze", before_end, build.constant([1], np.int64)), to=1)
    square = build.add("Mul", mask, build.add("Transpose", mask, perm=[0, 2, 1]))
    hidden = build.add("Equal", square, build.constant(0.0))
    kept = build.add("Mul", "x", mask)
    scores = build.add("MatMul", build.add("Transpose", kept, perm=[0, 2, 1]), kept)
    chosen = build.add("Where", hidden, build.constant(-1e4), scores)
    result = build.add("MatMul", build.add("Mul", kept, build.constant(3.0)), chosen, channels=2)
    return build.graph(build.add("Mul", result, mask))


def test_a_whole_utterance_sounds_the_same_without_masks() -> None:
    graph = masked()
    x, lengths = whole_numbers(2, 9), np.array([9], np.int64)
    light = drop_masks(graph, "lengths")
    np.testing.assert_array_equal(run(light, x=x, lengths=lengths)[0], run(graph, x=x, lengths=lengths)[0])


def test_only_the_last_mask_stays_since_the_output_has_its_name() -> None:
    light = drop_masks(masked(), "lengths")
    left = [node.op_type for node in light.nodes]
    assert left.count("Where") == left.count("Equal") == 0
    assert left.count("Mul") == 2
    assert light.inputs == masked().inputs


def test_a_comparison_with_anything_but_the_length_is_no_mask() -> None:
    build = Builder(channels=2)
    small = build.add("Cast", build.add("Less", "x", build.constant(0.0)), to=1)
    graph = build.graph(build.add("Relu", build.add("Mul", "x", small)))
    assert drop_masks(graph, "lengths").nodes == graph.nodes
