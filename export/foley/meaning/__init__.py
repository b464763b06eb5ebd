"""A small sentence model, so that wordings which no lexicon knows are understood all the same."""
