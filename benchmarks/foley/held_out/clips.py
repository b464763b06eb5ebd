"""The list of held-out clips, with every parameter and seed; fixed before the event net was first trained."""

from dataclasses import dataclass
from typing import Final

LENGTH_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip; scenes follow each other by hard cuts, in equal parts."""

    kind: str
    seed: int
    rate_hz: int
    """Pictures a second."""
    codec: str
    """libx264, libx265 or libvpx-vp9."""
    kbps: int
    scenes: tuple[tuple[str, ...], ...]
    """The actors of each scene, back to front."""
    wall: str = "plaster"
    scale: float = 280.0
    """Pixels a metre."""
    bright: bool = True
    """Whether things are brighter than the wall, or darker."""
    shake: float = 0.0
    """Of a hand that holds the camera, pixels r.m.s."""
    pan: float = 0.0
    """Of a camera that turns to and fro, pixels a second at its fastest."""
    light: str = "steady"
    """steady, fades, flickers or dim."""
    noise: float = 2.5
    """Of the sensor, luma r.m.s."""
    shutter: float = 0.5
    """Share of the time between pictures that each is exposed."""

    @property
    def name(self) -> str:
        """Unique, and its file's name."""
        return f"{self.kind}-{self.seed}"


CLIPS: Final[tuple[Clip, ...]] = (
    Clip("bounce", 9101, 24, "libx264", 600, (("bouncing_ball",),), "planks"),
    Clip("bounce", 9102, 30, "libx265", 300, (("bouncing_ball",),), "brick", 320, bright=False, shutter=0.3),
    Clip("bounce", 9103, 50, "libvpx-vp9", 500, (("bouncing_ball",),), "tiles", 250, noise=4),
    Clip("bounce", 9104, 60, "libx264", 900, (("bouncing_ball", "bouncing_ball"),), "leaves", 260, bright=False),
    Clip("drop", 9111, 30, "libvpx-vp9", 400, (("falling_boxes",),), "planks", 300),
    Clip("drop", 9112, 25, "libx264", 500, (("falling_boxes",),), "plaster", 270, bright=False, shutter=0.8),
    Clip("drop", 9113, 60, "libx265", 400, (("falling_boxes",),), "brick", 300),
    Clip("hammer", 9121, 30, "libx264", 400, (("mallet",),), "tiles", 420, bright=False),
    Clip("hammer", 9122, 24, "libx265", 350, (("mallet",),), "plaster", 380),
    Clip("hammer", 9123, 60, "libvpx-vp9", 700, (("mallet",),), "leaves", 450, noise=4),
    Clip("walk", 9131, 30, "libx264", 700, (("walker",),), "brick", 300, bright=False),
    Clip("walk", 9132, 25, "libx265", 400, (("walker",),), "plaster", 270),
    Clip("walk", 9133, 24, "libvpx-vp9", 500, (("walker",),), "planks", 310, bright=False, shutter=0.3),
    Clip("walk", 9134, 60, "libx264", 1200, (("walker",),), "tiles", 290),
    Clip("hands", 9141, 30, "libx264", 300, (("knocking_hand",),), "planks", 1300),
    Clip("hands", 9142, 24, "libvpx-vp9", 400, (("knocking_hand",),), "plaster", 1500, bright=False),
    Clip("hands", 9143, 50, "libx265", 400, (("clapping_hands",),), "brick", 1100, bright=False),
    Clip("rolling", 9151, 30, "libx265", 350, (("rolling_ball",),), "plaster", 330),
    Clip("rolling", 9152, 25, "libx264", 500, (("rolling_ball",),), "planks", 300, bright=False),
    Clip("sliding", 9161, 30, "libx264", 450, (("sliding_crate",),), "tiles", 330),
    Clip("sliding", 9162, 60, "libvpx-vp9", 600, (("sliding_crate",),), "brick", 350, bright=False),
    Clip(
        "cuts", 9171, 30, "libx264", 600, (("bouncing_ball",), ("mallet",), ("falling_boxes",), ("pendulum",)), "leaves"
    ),
    Clip("cuts", 9172, 24, "libx265", 450, (("walker",), ("bouncing_ball",), ("walker",)), "brick", 300, bright=False),
    Clip("shake", 9181, 30, "libx264", 800, (("bouncing_ball",),), "leaves", 290, shake=5),
    Clip("shake", 9182, 25, "libvpx-vp9", 700, (("walker",),), "planks", 300, bright=False, shake=4),
    Clip("shake", 9183, 60, "libx265", 700, (("falling_boxes",),), "tiles", 300, bright=False, shake=6, pan=60),
    Clip("occlusion", 9191, 30, "libx265", 450, (("bouncing_ball", "bouncing_ball", "pillars"),), "plaster", 280),
    Clip("occlusion", 9192, 24, "libx264", 600, (("walker", "pillars"),), "tiles", 290, bright=False),
    Clip("several", 9201, 30, "libvpx-vp9", 700, (("bouncing_ball", "falling_boxes", "pendulum"),), "brick", 270),
    Clip("several", 9202, 48, "libx264", 800, (("walker", "bouncing_ball"),), "plaster", 270, bright=False),
    Clip("nothing", 9211, 30, "libx264", 600, (("balloon",),), "leaves", 270, pan=420),
    Clip("nothing", 9212, 25, "libx265", 300, (("pendulum",),), "tiles", 280, light="fades"),
    Clip("nothing", 9213, 30, "libvpx-vp9", 500, (("pendulum", "balloon"),), "brick", 290, light="flickers"),
    Clip("nothing", 9214, 60, "libx264", 500, (("waver",),), "planks", 320, bright=False),
    Clip(
        "nothing", 9215, 24, "libx264", 250, (("pendulum", "pendulum"),), "plaster", 300, shake=4, noise=6, light="dim"
    ),
    Clip("nothing", 9216, 30, "libx265", 300, (("waver",), ("balloon",), ("pendulum",), ("waver",)), "leaves", 290),
)
