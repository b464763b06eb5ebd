"""How large the pictures are that leave the decoder; apart from `Picture`, so that the child starts without NumPy."""

from typing import Final

GREY_WIDTH: Final = 192
GREY_HEIGHT: Final = 108
COLOUR_SIZE: Final = 224
COLOUR_EVERY_S: Final = 1.0
"""Least time between two pictures that have colour."""
MAX_RATE_HZ: Final = 60
"""Pictures that come faster than this are left out."""
