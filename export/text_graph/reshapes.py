"""Writes shapes that are the same for every text, or differ in one extent alone, as constants.

An exporter that does not know the batch to be one computes every shape from the input's, in a dozen nodes.
"""

import numpy as np

from export.streaming.graph import Array, Graph, changed, infer_shapes


def settle_reshapes(graph: Graph) -> Graph:
    """The graph with fixed shapes in its Reshape nodes, as far as shape inference tells them."""
    shapes = infer_shapes(graph)
    constants: dict[str, Array] = dict(graph.constants)
    nodes = []
    for node in graph.nodes:
        shape = shapes.get(node.output[0])
        is_computed = node.op_type == "Reshape" and node.input[1] not in constants
        if is_computed and shape is not None and sum(extent is None for extent in shape) <= 1 and 0 not in shape:
            fixed = [-1 if extent is None else extent for extent in shape]
            name = f"shape_{'_'.join(map(str, fixed))}"
            constants[name] = np.array(fixed, np.int64)
            node = changed(node, inputs=[node.input[0], name])
        nodes.append(node)
    return graph.with_nodes(nodes, constants)
