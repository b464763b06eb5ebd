"""Sounds out of recordings: kept as latents, quilted anew each time, decoded by a graph that streams."""
