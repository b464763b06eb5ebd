"""The command line of `python -m export piper`: which voice to take, and what it is to be called."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from export.errors import ExportError, sentence_for
from export.manifest import MANIFEST_FILE
from export.piper import add_voice, piper_voice
from export.piper_files import find_piper_files
from export.progress import progress_for
from export.shelf import Shelf

FAILED: Final = 1
INTERRUPTED: Final = 130


def main(arguments: Sequence[str], *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Make one voice.

    Returns:
        0 when it is made, 1 when it cannot be (one sentence on `err` says why), 130 after Ctrl-C. Wrong usage exits
        with 2, as argparse does.
    """
    out, err = out or sys.stdout, err or sys.stderr
    chosen = _parser().parse_args(arguments)
    progress = progress_for(err)
    try:
        voice = piper_voice(find_piper_files(chosen.path), name=chosen.name, licence=chosen.licence)
        print(add_voice(voice, Shelf(chosen.output), progress), file=out)
    except (ExportError, OSError) as error:
        progress.end()
        print(sentence_for(error) if isinstance(error, OSError) else error, file=err)
        return FAILED
    except KeyboardInterrupt:
        progress.end()
        print("Stopped; nothing was changed.", file=err)
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export piper",
        description="Make a piper (VITS) voice stream from inside the sentence, and put it in the menu.",
    )
    parser.add_argument(
        "path", type=Path, metavar="PATH", help="an .onnx with its .onnx.json beside it, or a folder or wheel with both"
    )
    parser.add_argument("--name", help="what to call it (default: piper- and the file's name)")
    parser.add_argument("--licence", metavar="SPDX", help="its licence (default: what its model card says)")
    parser.add_argument("--output", type=Path, default=MANIFEST_FILE.parent, metavar="DIR", help="default: onnx_models")
    return parser
