"""What is told of a clause before it is heard, as it goes over the wire."""

from typing import Any

from server.audio.timing import SpeechTiming
from server.engines.base import TimingKind
from server.text.visemes import viseme_of


def timing_message(timing: SpeechTiming, kinds: tuple[TimingKind, ...]) -> dict[str, Any]:
    """The fields of a `timing` event, as docs/protocol.md has them; lists of the kinds that were asked for alone."""
    message: dict[str, Any] = {
        "start_character": timing.start_character,
        "end_character": timing.end_character,
        "begins_sentence": timing.begins_sentence,
        "start_sample": timing.start_sample,
    }
    if "words" in kinds:
        message["words"] = [
            {
                "start_character": word.start_character,
                "end_character": word.end_character,
                "start_sample": word.start_sample,
                "n_samples": word.n_samples,
            }
            for word in timing.words
        ]
    if "phonemes" in kinds:
        message["phonemes"] = [
            {"phoneme": each.phoneme, "start_sample": each.start_sample, "n_samples": each.n_samples}
            for each in timing.phonemes
        ]
    if "visemes" in kinds:
        message["visemes"] = _visemes(timing)
    if timing.marks:
        message["marks"] = [{"name": mark.name, "start_sample": mark.start_sample} for mark in timing.marks]
    return message


def _visemes(timing: SpeechTiming) -> list[dict[str, Any]]:
    """One for each change of shape."""
    shapes: list[dict[str, Any]] = []
    for each in timing.phonemes:
        viseme = viseme_of(each.phoneme)
        last = shapes[-1] if shapes else None
        if last and last["azure_id"] == viseme.azure and last["start_sample"] + last["n_samples"] == each.start_sample:
            last["n_samples"] += each.n_samples
            continue
        shapes.append(
            {
                "viseme": viseme.oculus,
                "azure_id": viseme.azure,
                "start_sample": each.start_sample,
                "n_samples": each.n_samples,
            }
        )
    return shapes
