"""`python -m export.foley.bank RECORDINGS`: makes the banks anew from a folder laid out as ESC-10 is."""

import argparse
import sys
from pathlib import Path

from export.errors import ExportError
from export.foley.bank.build import build
from export.foley.bank.esc10 import read_clips
from server.engines.foley.sound.bank.opened import BANK


def main() -> int:
    """Build; 1 when the folder is not what it should be."""
    parser = argparse.ArgumentParser(prog="python -m export.foley.bank", description=__doc__)
    parser.add_argument("recordings", type=Path, help="the folder of ESC-10, with its README.md")
    parser.add_argument("--output", type=Path, default=BANK, help="default: where the server looks for them")
    chosen = parser.parse_args()
    try:
        build(read_clips(chosen.recordings), chosen.output)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
