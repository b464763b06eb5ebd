"""Measures what the README claims: `python -m benchmarks`; docs/benchmarks.md says what each figure means."""

# Before anything imports numpy: what is measured in this process runs on one BLAS thread, as the server does.
import server  # noqa: F401
