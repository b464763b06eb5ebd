"""Encoders: samples in, bytes of a file out while it is still being written."""

from server.audio.encoders.base import Encoder
from server.audio.encoders.formats import FORMATS, open_encoder

__all__ = ["FORMATS", "Encoder", "open_encoder"]
