"""A dense spline gives what the paper's equations give, one number at a time, inside its interval and outside."""

import numpy as np
import numpy.typing as npt

from export.streaming.graph import Graph
from export.text_graph.spline import write_splines_densely
from tests.export.streaming.tiny import Builder, run

BINS, HIDDEN, BOUND = 10, 9, 5.0
SMALLEST = 1e-3


def sparse_flow() -> Graph:
    """What surrounds a spline in an exported graph; where its own arithmetic would be, ones stand.

    params [1, 29, P] comes from a convolution of `x`; the split's second half is transformed and scattered back.
    """
    build = Builder(channels=HIDDEN, opset=15)
    pair = build.inputs[0].model_copy(update={"name": "pair", "shape": (1, 2, "frames")})
    build.inputs.append(pair)
    build.channels["pair"] = 2
    halves = build.constant([1, 1], np.int64)
    first = build.add("Split", "pair", halves, axis=1, outputs=2, channels=1)
    second = first.replace("_0", "_1")
    params = build.conv("x", 1, out=3 * BINS - 1)
    inside = build.add("LessOrEqual", second, build.constant(BOUND))
    # The rest depends on the parameters too, as the real one does.
    some = build.add("ReduceSum", params, build.constant([1], np.int64), keepdims=1)
    places = build.add("Transpose", build.add("NonZero", inside), perm=[1, 0])
    values = build.add(
        "GatherND", build.add("Add", build.add("Mul", some, build.constant(0)), build.constant(1)), places
    )
    zeros = build.add("ConstantOfShape", build.add("Shape", first))
    back = build.add("ScatterND", zeros, places, values)
    return build.graph(build.add("Concat", first, back, axis=1, channels=2))


def softmax(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    raised = np.exp(values - values.max())
    return raised / raised.sum()


def inverse_spline(y: float, params: npt.NDArray[np.float64]) -> float:
    """Appendix A.1 of "Neural Spline Flows", with the tails and the limits of VITS."""
    if not -BOUND <= y <= BOUND:
        return y
    widths, heights = (
        SMALLEST + (1 - SMALLEST * BINS) * softmax(part / np.sqrt(HIDDEN))
        for part in (params[:BINS], params[BINS : 2 * BINS])
    )
    across, up = (np.concatenate([[0], np.cumsum(part)]) * 2 * BOUND - BOUND for part in (widths, heights))
    slopes = np.concatenate([[1], SMALLEST + np.log1p(np.exp(params[2 * BINS :])), [1]])
    k = min(int(np.searchsorted(up, y, "right")) - 1, BINS - 1)
    width, height = across[k + 1] - across[k], up[k + 1] - up[k]
    s, d0, d1 = height / width, slopes[k], slopes[k + 1]
    bend = (y - up[k]) * (d1 + d0 - 2 * s)
    a, b, c = height * (s - d0) + bend, height * d0 - bend, -s * (y - up[k])
    return float(2 * c / (-b - np.sqrt(b * b - 4 * a * c)) * width + across[k])


def test_a_dense_spline_is_the_papers() -> None:
    graph = sparse_flow()
    dense = write_splines_densely(graph)
    assert not {"ScatterND", "GatherND", "NonZero"} & {node.op_type for node in dense.nodes}
    rng = np.random.default_rng(1)
    x = rng.normal(0, 0.5, (1, HIDDEN, 200)).astype(np.float32)
    pair = rng.uniform(-7, 7, (1, 2, 200)).astype(np.float32)
    pair[0, 1, :3] = (-BOUND, BOUND, 0.0)
    (found,) = run(dense, x=x, pair=pair)
    (convolution,) = (node for node in graph.nodes if node.op_type == "Conv")
    weights, bias = (graph.constants[name].astype(np.float64) for name in convolution.input[1:])
    params = weights[:, :, 0] @ x[0].astype(np.float64) + bias[:, np.newaxis]
    expected = [inverse_spline(float(y), params[:, place]) for place, y in enumerate(pair[0, 1])]
    np.testing.assert_array_equal(found[0, 0], pair[0, 0])
    np.testing.assert_allclose(found[0, 1], expected, atol=2e-4)


def test_what_is_scattered_without_a_spline_stays() -> None:
    build = Builder(channels=2, opset=15)
    first = build.add("Split", "x", build.constant([1, 1], np.int64), axis=1, outputs=2, channels=1)
    places, values = build.constant([[0, 0, 0]], np.int64), build.constant([1.0])
    back = build.add("ScatterND", first.replace("_0", "_1"), places, values)
    graph = build.graph(build.add("Concat", first, back, axis=1, channels=2))
    assert write_splines_densely(graph).nodes == graph.nodes
