"""Measures what the README claims: `python -m benchmarks`; docs/benchmarks.md says what each figure means."""
