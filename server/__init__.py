"""Wildtrack's server: text in, sound out while it is being made."""
