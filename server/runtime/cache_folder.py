"""Where Wildtrack keeps what it can make or fetch again: outside the checkout, shared by all checkouts."""

from collections.abc import Mapping
from pathlib import Path


def default_cache_folder(environment: Mapping[str, str], platform: str, home: Path) -> Path:
    """`WILDTRACK_CACHE_DIR`, else the platform's own place for caches.

    Args:
        environment: `os.environ`, or what a test puts there.
        platform: `sys.platform`.
        home: the user's home folder.

    Source: XDG Base Directory Specification 0.8 (a relative path there is invalid and ignored); Apple's File System
    Programming Guide for macOS.
    """
    if chosen := environment.get("WILDTRACK_CACHE_DIR"):
        return Path(chosen).expanduser().absolute()
    if platform == "darwin":
        return home / "Library" / "Caches" / "wildtrack"
    base = Path(environment.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else home / ".cache") / "wildtrack"
