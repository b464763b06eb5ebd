"""A Foley back end of somebody else's: docs/foley-backends.md walks through it."""

from examples.foley_backend.backend import TinyBackend

__all__ = ["TinyBackend"]
