"""`python -m export`: fetch the voices and make their graphs."""

import sys

from export.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
