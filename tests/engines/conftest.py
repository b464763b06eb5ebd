"""What tests of engines share."""

from collections.abc import Iterator

import pytest

from server.text.espeak import Espeak


@pytest.fixture(scope="session")
def espeak() -> Iterator[Espeak]:
    """The real espeak-ng, in its process; for tests that are marked `espeak`."""
    program = Espeak()
    yield program
    program.close()
