"""All that makes sound, loaded once and shared: models of single sounds, and banks in place of some of them."""

from pathlib import Path

from server.engines.foley.sound.bank.opened import DECODER, open_bank
from server.engines.foley.sound.catalogue import MODELS, Sound
from server.runtime.model_card import load_card
from server.runtime.sessions import GraphOpener


def load_sounds(models: Path, open_graph: GraphOpener) -> dict[str, Sound]:
    """What every class is made with, by id: for `FoleyRenderer`.

    Args:
        models: the folder of exported models.
        open_graph: opens the decoder.

    Raises:
        ModelUnavailableError: the decoder is missing, or not the one this version was made for.
        OSError: a bank cannot be read.
        ValueError: one is damaged.
    """
    return MODELS | open_bank(open_graph(load_card(models / DECODER).graph_path("decoder")).session)
