"""Draws random convolutional graphs and random ways to divide their input, for the properties that hold for all."""

from hypothesis import strategies as st

from export.streaming.graph import Graph
from tests.export.streaming.tiny import Builder


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """One to three stages, each of some convolutions and residual paths; all values stay small whole numbers."""
    build = Builder(channels=draw(st.sampled_from((2, 4))), seed=draw(st.integers(0, 99)))
    pool = ["x"]
    for stage in range(draw(st.integers(1, 3))):
        if stage:
            stride = draw(st.sampled_from((2, 3, 4)))
            kernel = draw(st.integers(1, 3 * stride))
            pool = [_small(build, build.up(draw(st.sampled_from(pool)), kernel, stride))]
        for _ in range(draw(st.integers(1, 5))):
            pool.append(_node(draw, build, pool))
    return build.graph(pool[-1])


@st.composite
def pieces(draw: st.DrawFn, min_first: int) -> list[int]:
    """Lengths of the calls of one stream: at least two."""
    first = min_first + draw(st.integers(0, 6))
    return [first, *draw(st.lists(st.integers(1, 9), max_size=5)), draw(st.integers(1, 9))]


def _node(draw: st.DrawFn, build: Builder, pool: list[str]) -> str:
    x = draw(st.sampled_from(pool))
    kind = draw(st.sampled_from(("conv", "conv", "residual", "join", "activation", "channels", "strided")))
    if kind == "conv":
        return _conv(draw, build, x)
    if kind == "residual":
        return _small(build, build.add("Add", _conv(draw, build, build.add("Relu", x)), x))
    if kind == "join":
        operator = draw(st.sampled_from(("Add", "Sub", "Max", "Min")))
        return _small(build, build.add(operator, x, draw(st.sampled_from(pool))))
    if kind == "activation":
        return build.add(draw(st.sampled_from(("Relu", "Neg", "Abs", "Sign"))), x)
    if kind == "strided":
        # Down and up again: the rates match what the pool has.
        low = _small(build, build.conv(_small(build, build.up(x, 4, 2)), draw(st.integers(2, 5)), strides=[2]))
        return build.add("Add", low, x)
    half = build.channels[x] // 2
    sizes = build.constant([half, half], int)
    first = build.add("Split", x, sizes, axis=1, outputs=2, channels=half)
    second = first.replace("_0", "_1")
    return build.add("Concat", _conv(draw, build, second), first, axis=1, channels=2 * half)


def _conv(draw: st.DrawFn, build: Builder, x: str) -> str:
    kernel, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    reach = (kernel - 1) * dilation
    left = draw(st.integers(0, reach))
    return _small(build, build.conv(x, kernel, same=False, dilations=[dilation], pads=[left, reach - left]))


def _small(build: Builder, x: str) -> str:
    return build.add("Clip", x, build.constant(-4.0), build.constant(4.0))
