"""The VITS voices that are here: what a menu needs to know of each, read from their folders, no graph opened."""

from dataclasses import dataclass
from pathlib import Path

from server.engines.tts.vits_reading import ClauseReader, Reading, choose_reading, clause_reader
from server.engines.tts.vits_spec import SPEC_FILE, load_spec
from server.errors import ModelUnavailableError
from server.runtime.model_card import ModelCard, load_card
from server.text.espeak import Espeak


@dataclass(frozen=True, slots=True)
class VitsEntry:
    """One speaker of an installed voice."""

    id: str
    """What requests name it by: the voice's name, and the speaker's where it has several."""
    name: str
    """For people."""
    locale: str
    """BCP 47, `en-US` or `de-DE`."""
    card: ModelCard
    speaker: str
    """What `Utterance.voice` names it by."""
    gain_db: float
    """Decibels that bring it to -18 LUFS."""
    reading: Reading
    """What its phonemes are."""
    reader: ClauseReader | None
    """What makes them of a clause; None where all voices' own front ends do."""


@dataclass(frozen=True, slots=True)
class VitsMenu:
    """What was found."""

    entries: tuple[VitsEntry, ...]
    problems: tuple[str, ...]
    """A sentence for each voice that is there and cannot be used; the others can."""


def find_vits(models: Path, espeak: Espeak | None = None) -> VitsMenu:
    """Look through the folders of `onnx_models/`, in the order of their names.

    Without `espeak`, voices that need its phonemes are problems.

    A voice that somebody added and that cannot be used must not keep the server from starting, so it is reported.
    """
    entries: list[VitsEntry] = []
    problems: list[str] = []
    for spec_file in sorted(models.glob(f"*/{SPEC_FILE}")):
        try:
            entries += _entries(load_card(spec_file.parent), espeak)
        except ModelUnavailableError as error:
            problems.append(error.message)
    return VitsMenu(tuple(entries), tuple(problems))


def _entries(card: ModelCard, espeak: Espeak | None) -> list[VitsEntry]:
    spec = load_spec(card)
    reading = choose_reading(card.name, spec, espeak)
    several = len(spec.speakers) > 1
    return [
        VitsEntry(
            id=f"{card.name}/{speaker}" if several else card.name,
            name=speaker.replace("_", " ").capitalize(),
            locale=spec.locale or "und",
            card=card,
            speaker=speaker,
            gain_db=known.gain_db,
            reading=reading,
            reader=clause_reader(spec, reading, espeak),
        )
        for speaker, known in spec.speakers.items()
    ]
