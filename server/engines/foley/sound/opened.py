"""All that makes sound, loaded once and shared: models of single sounds, banks, and the name of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from server.engines.foley.backend import FoleyRequest
from server.engines.foley.sound.bank.opened import BANK, open_bank
from server.engines.foley.sound.bank.store import SUFFIX
from server.engines.foley.sound.catalogue import MODELS, Sound
from server.engines.foley.sound.renderer import FoleyRenderer
from server.runtime.sessions import GraphSession

_CODE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Sounds:
    """What every class is made with."""

    by_label: Mapping[str, Sound]
    version: str
    """16 hexadecimal digits that change with the code and with the bank, as the sound of a request may."""

    def renderer(self, request: FoleyRequest) -> FoleyRenderer:
        """Begin the sound of one video."""
        return FoleyRenderer(request, self.by_label)


def open_sounds(decoder: GraphSession, bank: Path = BANK) -> Sounds:
    """Load the banks.

    Args:
        decoder: the graph of the model `DECODER`.
        bank: a folder of latents.

    Raises:
        OSError: a bank cannot be read.
        ValueError: one is damaged.
    """
    digest = sha256()
    for path in (*sorted(_CODE.rglob("*.py")), *sorted(bank.glob(f"*{SUFFIX}"))):
        digest.update(path.name.encode() + sha256(path.read_bytes()).digest())
    return Sounds(MODELS | open_bank(decoder, bank), digest.hexdigest()[:16])
