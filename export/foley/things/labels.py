"""Which of ImageNet's thousand classes show one of our sounds.

The numbers are those of ILSVRC 2012 in the order of their WordNet ids, as every network trained on it has them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

N_CLASSES: Final = 1000

SHOWS: Final[Mapping[str, tuple[int | range, ...]]] = MappingProxyType(
    {
        "dog": (range(151, 276),),
        "rooster": (7, 8),
        "birds": (range(10, 25), range(80, 101), range(127, 147), 448),
        "crickets": (311, 312, 316, 317),
        # A cradle and a crib.
        "baby": (431, 516, 520),
        "sea": (
            *(403, 437, 449, 460, 484, 510, 536, 540, 554, 625, 628, 718, 724, 780, 833, 871, 913, 914),
            *(2, 3, 4, 6, 147, 148, 150, 972, 973, 976, 977, 978),
        ),
        # A canoe, a dam, a fountain, a gondola, a paddle wheel; a geyser and a lake's side.
        "stream": (472, 525, 562, 576, 694, 974, 975),
        "wind": (970, 979, 405, 417, 537, 795),
        # Not 556, a fire screen: plain walls are taken for one.
        "fire": (470, 644, 766, 827, 862, 980),
        "car": (
            436,
            468,
            511,
            569,
            609,
            627,
            654,
            656,
            661,
            675,
            717,
            751,
            757,
            779,
            803,
            817,
            864,
            867,
            874,
            479,
            475,
        ),
        "engine": (573, 575, 586, 595, 621, 665, 670, 802, 814, 847, 856, 866, 518),
        "siren": (407, 555, 734),
        "train": (466, 547, 565, 705, 820, 829),
        "airplane": (404, 895, 908),
        "chainsaw": (491, 634),
        "city": (919, 920, 704, 571, 640),
        "room": (
            *(423, 424, 453, 454, 493, 495, 526, 532, 548, 553, 564, 598, 624, 648, 762, 765, 799, 831, 846, 851),
            *(894, 905, 861, 896, 435, 876, 582, 467, 788, 860, 865, 509, 415, 743),
        ),
        "machine": (534, 545, 550, 589, 651, 713, 742, 760, 786, 811, 859, 882, 886, 897, 745),
        "clock": (409, 604, 826, 892, 530),
        "bell": (442, 494, 577),
        "typing": (508, 527, 620, 681, 810, 878),
        "paper": (549, 692, 917, 918, 921, 922),
        "bubbles": (971, 983, 801),
        "forest": (range(991, 998), 992, 386, 365, 367, 369, 381, 382, 383, 384, 294, 295, 296, 297),
    }
)
"""`SoundClass.id` -> numbers."""


def classes_of(label: str) -> list[int]:
    """The numbers of one of our sounds, each once."""
    numbers = [list(each) if isinstance(each, range) else [each] for each in SHOWS[label]]
    return sorted({number for each in numbers for number in each})
