"""Many listeners at once: how many are served in time, and what becomes of those who stall, leave or come back."""
