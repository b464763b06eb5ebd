"""Opens the banks that lie beside this file: classes that recordings sound better in than our models of them."""

from pathlib import Path
from typing import Final

from server.engines.foley.sound.bank.atoms import Atoms
from server.engines.foley.sound.bank.quilt import Quilt, Weave
from server.engines.foley.sound.bank.store import SUFFIX, read_latents
from server.engines.foley.sound.catalogue import Sound
from server.runtime.sessions import GraphSession

DECODER: Final = "foley-decoder"
"""The folder of the decoder's graph in onnx_models/; `python -m export foley` makes it."""
BANK: Final = Path(__file__).resolve().parent / "recordings"
"""One file for each class; CREDITS.md says whose recordings they are."""

WEAVES: Final = {
    "rain": Weave(0.5, 1.6, 0.16, 0.75),
    "sea": Weave(1.6, 3.4, 0.5, 0.35),
    "fire": Weave(0.4, 1.4, 0.1, 0.5),
    "helicopter": Weave(1.5, 3.5, 0.6, 0.0),
    "chainsaw": Weave(1.0, 3.0, 0.4, 0.0),
    "clock": Weave(2.0, 4.0, 1.2, 0.0),
}
"""The classes that are quilted; all others of a bank are atoms."""
PAUSES_S: Final = {"dog": 3.0, "rooster": 7.0, "baby": 3.0, "sneeze": 5.0}
_LEVELS_DB: Final = {"rooster": -1.0, "baby": -1.0, "sneeze": -3.0, "clock": -6.0, "room": -12.0}


def open_bank(session: GraphSession, folder: Path = BANK) -> dict[str, Sound]:
    """The classes that a folder holds, by id.

    Args:
        session: of the decoder.
        folder: with one file of latents for each class.

    Raises:
        OSError: a file cannot be read.
        ValueError: one is damaged.
    """
    sounds = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        label, pieces = path.name.removesuffix(SUFFIX), read_latents(path)
        level_db = _LEVELS_DB.get(label, 0.0)
        if label in WEAVES:
            sounds[label] = Sound(texture=Quilt(pieces, session, WEAVES[label]), level_db=level_db)
        else:
            sounds[label] = Sound(Atoms(pieces, session), level_db=level_db, pause_s=PAUSES_S.get(label, 3.0))
    return sounds
