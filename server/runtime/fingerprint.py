"""Fingerprint: a short name for everything that decides the bytes of the sound.

The same request gives equal PCM wherever the fingerprint is equal. Elsewhere it gives the same speech, but another
kernel may round another way.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from server.runtime.model_card import ModelCard


def fingerprint(
    cards: Iterable[ModelCard], provider: str, cpu_features: Iterable[str], versions: Mapping[str, str]
) -> str:
    """16 hexadecimal digits, the same in every process and on every day.

    Args:
        cards: the models in use, in any order; their files count by sha256, whatever the folder.
        provider: onnxruntime's name for what the graphs run on.
        cpu_features: of `cpu.cpu_features()`.
        versions: library -> version, of all that computes sound: onnxruntime, numpy, scipy, soxr.
    """
    parts = {
        "models": {card.name: sorted(spec.sha256 for spec in card.files.values()) for card in cards},
        "provider": provider,
        "cpu": list(cpu_features),
        "versions": dict(versions),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
