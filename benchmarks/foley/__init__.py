"""Benchmarks of Foley."""
