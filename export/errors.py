"""ExportError: the one kind of failure the export reports, a sentence that says what to do."""


class ExportError(Exception):
    """A model cannot be made; the message is one sentence for the person at the terminal."""
