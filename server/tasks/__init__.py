"""Foley's tasks: asked for in one process, made in another, heard through any, and lost with none of them."""
