"""Task tokens and tickets: HMAC-SHA256 (RFC 2104) over a task's id, an expiry and a scope, under the store's secret.

A token is for one task; the store keeps its digest with the task, so that it ends with it. A ticket is for reading one
task for a short while; it stands in URLs and is kept nowhere.
"""

import base64
import hashlib
import hmac
import re
from typing import Final, Literal

Scope = Literal["task", "ticket"]

_PATTERN: Final = re.compile(r"([tk])([0-9a-f]{8,10})\.([A-Za-z0-9_-]{43})")
_LETTERS: Final[dict[Scope, str]] = {"task": "t", "ticket": "k"}
_LONGEST_CHARACTERS: Final = 64


def mint(secret: bytes, task_id: str, scope: Scope, expires_s: float) -> str:
    """A token or ticket that is good until `expires_s`, Unix time."""
    expiry = f"{int(expires_s):08x}"
    return f"{_LETTERS[scope]}{expiry}.{_code(secret, task_id, scope, expiry)}"


def verify(secret: bytes, task_id: str, presented: str, now_s: float) -> Scope | None:
    """What somebody presents is for, or None where it is not of this task, is too old or was not made here."""
    match = _PATTERN.fullmatch(presented) if len(presented) <= _LONGEST_CHARACTERS else None
    if match is None:
        return None
    letter, expiry, code = match.groups()
    scope: Scope = "task" if letter == "t" else "ticket"
    if not hmac.compare_digest(code, _code(secret, task_id, scope, expiry)) or int(expiry, 16) <= now_s:
        return None
    return scope


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _code(secret: bytes, task_id: str, scope: Scope, expiry: str) -> str:
    # No part can hold a colon, so no two triples read the same.
    mac = hmac.digest(secret, f"{task_id}:{scope}:{expiry}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
