"""Makes the bank of latents out of recordings, and the graph that decodes it."""
