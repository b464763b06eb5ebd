"""Proves on every export that Kokoro cut in two sounds exactly as Kokoro whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from export.errors import ExportError
from server.runtime.sessions import open_session


@dataclass(frozen=True, slots=True)
class Case:
    """Something to say."""

    voice: str
    phonemes: str
    """In Kokoro's alphabet."""
    speed: float = 1.0


CASES: Final = (
    Case("af_heart", "həlˈO."),
    Case("bm_george", "ðə kwˈɪk tɹˈAn fɹʌm bˈɔstᵊn əɹˈIvz æt hˈæf pˈæst sˈɛvən.", speed=1.25),
    Case("zf_xiaoxiao", "ni↓ xau↓."),
    Case(
        "zm_yunxi",
        "wo↓mən mi↗ŋtʰjɛn ʦau↓ʂaŋ pa→ tjɛn ʦai↘ xwo↓ʈʂʰɤ→ʈʂa↘n ʨjɛn↘mjɛn↘, ʨʰi↓ŋ pu↗ jau↘ ʈʂʰi↗tau↘.",
        speed=0.8,
    ),
)
"""Short and long, English and Mandarin, slow and fast."""


def assert_cut_is_exact(
    whole: bytes,
    encoder: Path,
    decoder: Path,
    vocabulary: Mapping[str, int],
    style_file: Callable[[str], Path],
    report: Callable[[int, str], None],
) -> None:
    """Run every case through both and compare all samples.

    Args:
        whole: the uncut graph's bytes.
        encoder: the first half's file.
        decoder: the second half's.
        vocabulary: phoneme -> id.
        style_file: voice -> file of its float32 [510, 1, 256].
        report: called with the number of cases done and what comes next.

    Raises:
        ExportError: when one sample differs.
    """
    report(0, "Checking the cut against the whole")
    whole_session, encoder_session, decoder_session = (
        open_session(graph).session for graph in (whole, encoder, decoder)
    )
    for done, case in enumerate(CASES, start=1):
        ids = [vocabulary[symbol] for symbol in case.phonemes]
        style = np.fromfile(style_file(case.voice), "<f4").reshape(-1, 1, 256)[len(ids)]
        feed = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": style,
            "speed": np.array([case.speed], np.float32),
        }
        expected: npt.NDArray[np.float32] = whole_session.run(["audio"], feed)[0]
        asr, f0, energy = encoder_session.run(["asr", "f0", "energy"], feed)
        found: npt.NDArray[np.float32] = decoder_session.run(
            ["audio"], {"asr": asr, "f0": f0, "energy": energy, "style": style}
        )[0]
        if not np.array_equal(expected, found):
            raise ExportError(
                f"Kokoro cut in two does not sound exactly as Kokoro whole (voice {case.voice}), so it was not kept; "
                f"please report your CPU and onnxruntime {ort.__version__}."
            )
        report(done, f"The cut equals the whole: {case.voice}")
