"""`python -m server keys ...`: add, list and remove API keys."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from server.api.keys import KeyStore
from server.settings import Settings


def run_keys_command(argv: Sequence[str], settings: Settings) -> int:
    """Run `add LABEL`, `list` or `remove ID`; 0 when it was done, 1 when there is no such key, 2 for wrong usage.

    Raises:
        WildtrackError: when the label or the file of keys is no good; its sentence says what to do.
    """
    parser = argparse.ArgumentParser(prog="python -m server keys", description="Look after API keys.")
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="make a key and show it once")
    adding.add_argument("label", help="whom or what it is for")
    commands.add_parser("list", help="show which keys there are, not the keys themselves")
    removing = commands.add_parser("remove", help="make a key worthless, at once")
    removing.add_argument("id", help="as `list` shows it")
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as wrong_usage:  # argparse has said what is wrong
        return int(wrong_usage.code or 0)
    store = KeyStore(settings.data_dir)
    if arguments.command == "add":
        made = store.add(arguments.label, datetime.now(UTC))
        print(made.presented)
        print(f"This is the key {made.key.id} ({made.key.label}). Keep it now: it cannot be shown again.")
        return 0
    if arguments.command == "list":
        for key in store.keys:
            print(f"{key.id}  {key.created}  {key.label}")
        if not store.keys:
            print("There are no keys.")
        return 0
    if store.remove(arguments.id):
        print(f"The key {arguments.id} opens nothing any more.")
        return 0
    print(f"There is no key {arguments.id}; `list` shows those there are.")
    return 1
