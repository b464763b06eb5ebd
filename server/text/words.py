"""Mandarin words: jieba's dictionary, read once, without the cache file that it would share between users."""

from functools import cache

import jieba


@cache
def _tokenizer() -> jieba.Tokenizer:
    # jieba keeps its parsed dictionary in a file of a fixed name in the temporary folder and unmarshals whatever lies
    # there, so anybody on the machine could plant one. Parsing takes half a second: we do it ourselves at start-up.
    # It also spares the two lines that jieba's own initialisation prints to the log.
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def load_words() -> None:
    """Read the dictionary (about 0.5 s of CPU, 70 MB). Call it at start-up; afterwards `cut_words` is quick."""
    _tokenizer()


def cut_words(text: str) -> list[str]:
    """The words of a run of Han characters, in order; joined they are the run. Safe to call from several threads."""
    words: list[str] = _tokenizer().lcut(text)
    return words
