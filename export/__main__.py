"""`python -m export`: fetch the voices and make their graphs."""

import os
import sys

from export.cli import main

if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(10)  # a server on the same machine may be speaking to somebody
    sys.exit(main(sys.argv[1:]))
