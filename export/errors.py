"""ExportError: the one kind of failure the export reports, a sentence that says what to do."""

import errno


class ExportError(Exception):
    """A model cannot be made; the message is one sentence for the person at the terminal."""


def sentence_for(error: OSError) -> str:
    """What an operating system's refusal means here, in one sentence."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{where}; free about 500 MB, or choose another with --output and WILDTRACK_CACHE_DIR."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"This folder cannot be written to{where}; choose another with --output or WILDTRACK_CACHE_DIR."
    return f"The system refused: {error.strerror or error}{where}."
