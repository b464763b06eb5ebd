"""Which emotions a request may ask for."""

from server.errors import UnsupportedEmotionError

NEUTRAL = "neutral"


def require_known_emotion(emotion: str) -> None:
    """Check an emotion before anything is done for it.

    Raises:
        UnsupportedEmotionError: for all but `neutral`: the voices cannot act yet.
    """
    if emotion != NEUTRAL:
        raise UnsupportedEmotionError("The voices speak neutrally only; leave `emotion` out or send `neutral`.")
