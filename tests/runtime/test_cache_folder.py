"""The cache lies where the user or the platform wants it."""

from pathlib import Path

import pytest

from server.runtime.cache_folder import default_cache_folder

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        ({}, "linux", "/home/ada/.cache/wildtrack"),
        ({"XDG_CACHE_HOME": "/fast"}, "linux", "/fast/wildtrack"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "/home/ada/.cache/wildtrack"),
        ({"XDG_CACHE_HOME": ""}, "linux", "/home/ada/.cache/wildtrack"),
        ({}, "darwin", "/home/ada/Library/Caches/wildtrack"),
        ({"XDG_CACHE_HOME": "/fast"}, "darwin", "/home/ada/Library/Caches/wildtrack"),
        ({"WILDTRACK_CACHE_DIR": "/mine", "XDG_CACHE_HOME": "/fast"}, "linux", "/mine"),
        ({"WILDTRACK_CACHE_DIR": "/mine"}, "darwin", "/mine"),
    ],
)
def test_the_cache_lies_where_it_should(environment: dict[str, str], platform: str, folder: str) -> None:
    assert default_cache_folder(environment, platform, HOME) == Path(folder)


def test_a_relative_choice_is_made_absolute() -> None:
    assert default_cache_folder({"WILDTRACK_CACHE_DIR": "here"}, "linux", HOME).is_absolute()
