"""Wildtrack's server: text in, sound out while it is being made."""

import os

# A worker thread per core runs whole steps; a matrix product that spreads over the cores takes them from other streams,
# and its threads spin while they wait: Kokoro cost half as much again. numpy reads this once, when first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
