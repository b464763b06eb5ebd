"""The VITS voices that are here: what a menu needs to know of each, read from their folders, no graph opened."""

from dataclasses import dataclass
from pathlib import Path

from server.engines.tts.vits_ids import english_alphabet
from server.engines.tts.vits_spec import SPEC_FILE, load_spec
from server.errors import ModelUnavailableError
from server.runtime.model_card import ModelCard, load_card


@dataclass(frozen=True, slots=True)
class VitsEntry:
    """One speaker of an installed voice."""

    id: str
    """What requests name it by: the voice's name, and the speaker's where it has several."""
    name: str
    """For people."""
    locale: str
    """BCP 47, `en-US` or `en-GB`."""
    card: ModelCard
    speaker: str
    """What `Utterance.voice` names it by."""
    gain_db: float
    """Decibels that bring it to -18 LUFS."""


@dataclass(frozen=True, slots=True)
class VitsMenu:
    """What was found."""

    entries: tuple[VitsEntry, ...]
    problems: tuple[str, ...]
    """A sentence for each voice that is there and cannot be used; the others can."""


def find_vits(models: Path) -> VitsMenu:
    """Look through the folders of `onnx_models/`, in the order of their names.

    A voice that somebody added and that cannot be used must not keep the server from starting, so it is reported.
    """
    entries: list[VitsEntry] = []
    problems: list[str] = []
    for spec_file in sorted(models.glob(f"*/{SPEC_FILE}")):
        try:
            entries += _entries(load_card(spec_file.parent))
        except ModelUnavailableError as error:
            problems.append(error.message)
    return VitsMenu(tuple(entries), tuple(problems))


def _entries(card: ModelCard) -> list[VitsEntry]:
    spec = load_spec(card)
    if not spec.reads_english:
        raise ModelUnavailableError(
            f"The voice {card.name} speaks {spec.locale or 'an unknown language'}, whose phonemes are not made here; "
            "remove its folder from onnx_models/."
        )
    # Checked here too, so that no voice is offered that will not open.
    english_alphabet(card.name, spec.phoneme_ids, british=spec.locale == "en-GB")
    several = len(spec.speakers) > 1
    return [
        VitsEntry(
            id=f"{card.name}/{speaker}" if several else card.name,
            name=speaker.replace("_", " ").capitalize(),
            locale=spec.locale,
            card=card,
            speaker=speaker,
            gain_db=known.gain_db,
        )
        for speaker, known in spec.speakers.items()
    ]
