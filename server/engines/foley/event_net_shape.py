"""The numbers of the event net that its training, its graph and the server agree on."""

from typing import Final

LOOK_AHEAD: Final = 4
"""Pictures: what is said of a picture is said when this many more have been seen (about 130 ms)."""
ROWS: Final = 7
COLUMNS: Final = 12
"""The picture's cells, each of which answers for itself."""
FIRST, SECOND, WIDE = 16, 32, 56
"""Channels of the three spatial convolutions."""
CONTEXT: Final = 48
"""Channels of what is known of the picture as a whole."""
MAP_DILATIONS: Final = (1, 2, 4)
CONTEXT_DILATIONS: Final = (1, 2, 4, 8)
OUTPUTS: Final = ("onset", "offset", "right", "down", "jump", "step", "size", "roll", "slide", "move")
"""Of each cell: logit; thirtieths of a second from the picture to the onset; cells from the cell's middle, twice;
natural logarithm of heights a second; logit of a step instead of a hit; logarithm of heights; three logits."""
LEAST_DEVIATION: Final = 12.0
"""Luma: a picture with less contrast than this is not stretched further."""
USUAL_GAP_S: Final = 1 / 30
LEAST_GAP_S: Final = 0.0245
"""Pictures that follow sooner are passed over: of 50 or 60 a second every second one, of 24, 25 and 30 none."""
TOGETHER_S: Final = 0.06
"""Two onsets nearer to each other than this are one."""
PAST: Final = 2
"""Pictures before the new ones that the graph is given again."""
STATE_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    **{f"cells_{dilation}": (2 * dilation, WIDE, ROWS, COLUMNS) for dilation in MAP_DILATIONS},
    **{f"context_{dilation}": (2 * dilation, CONTEXT, 1, 1) for dilation in CONTEXT_DILATIONS},
}
"""What the graph remembers: input -> shape; the outputs are called `next_` and the same. All zero before the first
picture."""
