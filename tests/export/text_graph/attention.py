"""Writes relative attention as torch's exporter does for VITS: embeddings padded to all distances, results shifted."""

from typing import Any

import numpy as np

from tests.export.streaming.tiny import Builder

HEADS, DEPTH, REACH = 2, 3, 4


class AttentionBuilder(Builder):
    """Adds one layer of attention over `x`, [1, HEADS * DEPTH, P]; `ids` is int64 [1, P]."""

    def __init__(self) -> None:
        super().__init__(channels=HEADS * DEPTH, opset=15)
        self.inputs = [self.inputs[0].model_copy(update={"shape": (1, HEADS * DEPTH, "P")})]
        self.inputs.append(self.inputs[0].model_copy(update={"name": "ids", "dtype": "int64", "shape": (1, "P")}))

    def ints(self, *values: int) -> str:
        return self.constant(values, np.int64)

    def heads(self, x: str, *, transposed: bool) -> str:
        """[1, heads, depth, P], or with the last two the other way round."""
        shaped = self.add("Reshape", self.conv(x, 1), self.ints(1, HEADS, DEPTH, -1))
        return self.add("Transpose", shaped, perm=[0, 1, 3, 2]) if transposed else shaped

    def layer(self, x: str) -> str:
        length = self.add("Gather", self.add("Shape", "ids"), self.constant(1, np.int64))
        query = self.add("Div", self.heads(x, transposed=True), self.constant(np.sqrt(DEPTH)))
        scores = self.add("MatMul", query, self.heads(x, transposed=False))
        wide = self.add("MatMul", query, self.add("Transpose", self.embedding(length), perm=[0, 1, 3, 2]))
        attention = self.add("Softmax", self.add("Add", scores, self.to_absolute(wide, length)), axis=-1)
        plain = self.add("MatMul", attention, self.heads(x, transposed=True))
        relative = self.add("MatMul", self.to_relative(attention, length), self.embedding(length))
        joined = self.add("Transpose", self.add("Add", plain, relative), perm=[0, 1, 3, 2])
        return self.add("Reshape", joined, self.ints(1, HEADS * DEPTH, -1), channels=HEADS * DEPTH)

    def embedding(self, length: str) -> str:
        """[1, 1, 2 P - 1, DEPTH], zeros where the distance is larger than REACH."""
        known = self.constant(self.rng.normal(0, 1, (1, 2 * REACH + 1, DEPTH)))
        missing = self.number("Sub", length, REACH + 1)
        zero = self.ints(0)
        padded = self.add("Pad", known, self.add("Concat", zero, missing, zero, zero, missing, zero, axis=0), "")
        end = self.number("Sub", self.add("Mul", length, self.constant(2, np.int64)), 1)
        return self.add("Unsqueeze", self.add("Slice", padded, zero, end, self.ints(1)), zero)

    def to_absolute(self, wide: str, length: str) -> str:
        """[1, heads, P, 2 P - 1] -> [1, heads, P, P]."""
        twice = self.add("Mul", length, self.constant(2, np.int64))
        padded = self.add("Pad", wide, self.ints(0, 0, 0, 0, 0, 0, 0, 1), "")
        flat = self.add("Reshape", padded, self.ints(1, HEADS, -1))
        more = self.number("Sub", length, 1)
        flat = self.add("Pad", flat, self.add("Concat", self.ints(0, 0, 0, 0, 0), more, axis=0), "")
        rows = self.add(
            "Concat", self.ints(1, HEADS), self.number("Add", length, 1), self.number("Sub", twice, 1), axis=0
        )
        shaped = self.add("Reshape", flat, rows)
        ends = self.add("Concat", self.number("Add", length, 0), self.ints(2**60), axis=0)
        starts = self.add("Concat", self.ints(0), more, axis=0)
        return self.add("Slice", shaped, starts, ends, self.ints(2, 3))

    def to_relative(self, attention: str, length: str) -> str:
        """[1, heads, P, P] -> [1, heads, P, 2 P - 1]."""
        more = self.number("Sub", length, 1)
        padded = self.add("Pad", attention, self.add("Concat", self.ints(*[0] * 7), more, axis=0), "")
        flat = self.add("Reshape", padded, self.ints(1, HEADS, -1))
        before = self.number("Add", length, 0)
        flat = self.add("Pad", flat, self.add("Concat", self.ints(0, 0), before, self.ints(0, 0, 0), axis=0), "")
        twice = self.number("Mul", length, 2)
        shaped = self.add("Reshape", flat, self.add("Concat", self.ints(1, HEADS), before, twice, axis=0))
        return self.add("Slice", shaped, self.ints(1), self.ints(2**60), self.ints(3))

    def number(self, operator: str, value: str, other: int) -> str:
        """A scalar and a constant, as [1]."""
        result: Any = self.add(operator, value, self.constant(other, np.int64))
        return str(self.add("Unsqueeze", result, self.ints(0)))
