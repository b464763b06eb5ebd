"""What Kokoro's generator is made of: its blocks, its norms and their order, and the names of its tensors.

    x, 80 Hz    -> LeakyRelu -> ups.0 (x10) -> + noise_res.0 -> mean of resblocks.0-2      at    800 Hz, 256 channels
                -> LeakyRelu -> ups.1 (x6)  -> + noise_res.1 -> mean of resblocks.3-5      at  4 800 Hz, 128 channels
                -> LeakyRelu -> conv_post   -> spectra       -> inverse STFT, hop 5        at 24 000 Hz
    har, 4 800 Hz -> noise_convs.0 (/6) -> noise_res.0;  har -> noise_convs.1 -> noise_res.1

It is the iSTFTNet of StyleTTS 2 (Kaneko et al. 2022, arXiv:2203.02395; Li et al. 2023, arXiv:2306.07691).
"""

from dataclasses import dataclass
from typing import Final

ROOT: Final = "/decoder/decoder"
GENERATOR: Final = f"{ROOT}/generator"

X: Final = f"{ROOT}/decode.3/Div_4_output_0"
"""What the low-rate part of the decoder gives the generator, [1, 512, 2F]."""
HAR: Final = f"{GENERATOR}/Concat_3_output_0"
"""Magnitudes and phases of the harmonic source, [1, 22, 120F + 1]."""
PHASE: Final = f"{GENERATOR}/m_source/l_sin_gen/Mul_4_output_0"
"""The phase of each harmonic at 80 Hz, summed over the utterance, in radians, [1, 9, 2F]."""
ANGLE: Final = f"{GENERATOR}/m_source/l_sin_gen/Resize_1_output_0"
"""The same at 24 000 Hz, interpolated, [1, 9, 600F]."""

DILATIONS: Final = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Block:
    """A residual block: three rounds of norm, snake, dilated convolution, norm, snake, convolution, sum."""

    name: str
    channels: int
    kernel: int

    @property
    def radius(self) -> int:
        """Samples on either side that a sample of its output depends on."""
        return sum((self.kernel - 1) // 2 * (dilation + 1) for dilation in DILATIONS)


NOISE_BLOCKS: Final = (Block("noise_res.0", 256, 7), Block("noise_res.1", 128, 11))
"""One for each stage: what the source adds to it."""
STAGE_BLOCKS: Final = (
    (Block("resblocks.0", 256, 3), Block("resblocks.1", 256, 7), Block("resblocks.2", 256, 11)),
    (Block("resblocks.3", 128, 3), Block("resblocks.4", 128, 7), Block("resblocks.5", 128, 11)),
)
"""For each stage, the blocks of which it takes the mean."""


@dataclass(frozen=True, slots=True)
class Norm:
    """An adaptive instance norm: scaled and shifted by the style, its statistics taken over the whole utterance."""

    block: Block
    which: int
    """1 or 2: before the dilated convolution, or after it."""
    round: int
    """0 to 2."""

    @property
    def path(self) -> str:
        """Of its nodes in the exporter's graph."""
        return f"{GENERATOR}/{self.block.name}/adain{self.which}.{self.round}"

    @property
    def alpha(self) -> str:
        """The weight that holds the frequencies of the snake after it, [1, channels, 1]."""
        return f"{GENERATOR[1:].replace('/', '.')}.{self.block.name}.alpha{self.which}.{self.round}"


NORMS: Final = tuple(
    Norm(block, which, round_)
    for stage in (0, 1)
    for block in (NOISE_BLOCKS[stage], *STAGE_BLOCKS[stage])
    for round_ in range(len(DILATIONS))
    for which in (1, 2)
)
"""All 48, in the order in which their statistics stand in every vector of `NORM_CHANNELS`."""
NORM_CHANNELS: Final = sum(norm.block.channels for norm in NORMS)
