"""Which back end makes the sound: ours, or one that a setting names (docs/foley-backends.md)."""

from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final, Protocol, cast

from server.engines.foley.backend import FoleyBackend
from server.errors import ConfigurationError
from server.settings import Settings

ENTRY_POINTS: Final = "wildtrack.foley_backends"
OURS: Final = MappingProxyType({"small": "server.engines.foley.small:SmallBackend"})


class BackendMaker(Protocol):
    """What a name stands for: mostly a class."""

    def version_of(self, settings: Settings) -> str:
        """Of what it makes, part of the cache's key; loads no model, for gateways have none."""

    def __call__(self, settings: Settings) -> FoleyBackend:
        """Load its models."""


def backend_version(settings: Settings) -> str:
    """The version of what `load_backend` would give.

    Raises:
        ConfigurationError: there is no such back end.
        ModelUnavailableError: its models are not there.
    """
    return _found(settings.foley_backend).version_of(settings)


def load_backend(settings: Settings) -> FoleyBackend:
    """The back end, with its models in memory.

    Raises:
        ConfigurationError: there is no such back end.
        ModelUnavailableError: its models are not there.
    """
    return _found(settings.foley_backend)(settings)


def _found(name: str) -> BackendMaker:
    module, colon, attribute = OURS.get(name, name).partition(":")
    try:
        if colon:
            found = getattr(import_module(module), attribute)
        else:
            (entry,) = entry_points(group=ENTRY_POINTS, name=name)
            found = entry.load()
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"WILDTRACK_FOLEY_BACKEND names no back end that can be loaded ({type(error).__name__}); it is `small`, "
            "`package.module:Class`, or an installed entry point."
        ) from None
    if not callable(found) or not callable(getattr(found, "version_of", None)):
        raise ConfigurationError("What WILDTRACK_FOLEY_BACKEND names has to be a class with a `version_of`.")
    return cast(BackendMaker, found)
