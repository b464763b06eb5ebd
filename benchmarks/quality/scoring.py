"""Turns judgements of single recordings into figures: errors over all sentences, mean grades, and differences."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from benchmarks.measuring import bootstrap_interval, pooled_rate

Judgement = Mapping[str, Any]
"""What judge.py writes about one recording."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All recordings of one voice, made in one manner."""

    error: float
    """WER (English) or CER (Mandarin): edits over tokens; 0 is perfect, and it may exceed 1."""
    pinyin_error: float | None
    """The same over syllables without tones; None for English."""
    p808: float
    """DNSMOS P.808, mean opinion score from 1 to 5."""
    ovrl: float
    """DNSMOS P.835 overall, 1 to 5."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Streamed against whole."""

    streamed: Figures
    whole: Figures
    error_interval: tuple[float, float]
    """95 % interval of the difference in error, by drawing sentences anew."""
    n_sentences: int

    @property
    def error_difference(self) -> float:
        """Above 0 where streaming was understood worse."""
        return self.streamed.error - self.whole.error

    @property
    def p808_difference(self) -> float:
        """Below 0 where streaming was graded worse."""
        return self.streamed.p808 - self.whole.p808

    @property
    def pinyin_error(self) -> tuple[float, float] | None:
        """Streamed and whole; None for English."""
        if self.streamed.pinyin_error is None or self.whole.pinyin_error is None:
            return None
        return self.streamed.pinyin_error, self.whole.pinyin_error

    def as_dict(self) -> dict[str, Any]:
        """For the result's JSON."""
        return {**asdict(self), "error_difference": self.error_difference, "p808_difference": self.p808_difference}


def summarise(judgements: Sequence[Judgement]) -> Figures:
    """Figures over all recordings; long sentences weigh more in the errors, all the same in the grades."""
    return Figures(
        error=_pooled(judgements, "edits", "length"),
        pinyin_error=_pooled(judgements, "pinyin_edits", "pinyin_length") if "pinyin_edits" in judgements[0] else None,
        p808=fmean(one["p808"] for one in judgements),
        ovrl=fmean(one["ovrl"] for one in judgements),
    )


def compare(streamed: Sequence[Judgement], whole: Sequence[Judgement]) -> Comparison:
    """Compare two manners of speaking the same sentences, in the same order.

    Raises:
        ValueError: when they are not as many.
    """
    if len(streamed) != len(whole):
        raise ValueError("Each streamed recording needs the whole one of the same sentence.")

    def difference(drawn: Sequence[int]) -> float:
        # Paired: a sentence is drawn in both manners, for what is hard to hear in one is hard in the other.
        return _pooled([streamed[i] for i in drawn], "edits", "length") - _pooled(
            [whole[i] for i in drawn], "edits", "length"
        )

    return Comparison(
        streamed=summarise(streamed),
        whole=summarise(whole),
        error_interval=bootstrap_interval(len(streamed), difference),
        n_sentences=len(streamed),
    )


def _pooled(judgements: Sequence[Judgement], edits: str, length: str) -> float:
    return pooled_rate([one[edits] for one in judgements], [one[length] for one in judgements])
