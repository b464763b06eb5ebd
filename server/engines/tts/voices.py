"""The voices: who they are, which model speaks them, and which of them is meant by a name.

The gain brings each voice to -18 LUFS (ITU-R BS.1770-5); `benchmarks/loudness.py` measures it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from server.errors import UnsupportedLanguageError, VoiceNotFoundError
from server.text.clause import Language

DEFAULT_VOICE = "default"

OPENAI_VOICES = {
    "alloy": "af_alloy",
    "ash": "am_michael",
    "ballad": "bm_george",
    "cedar": "am_adam",
    "coral": "af_sarah",
    "echo": "am_echo",
    "fable": "bm_daniel",
    "marin": "af_heart",
    "nova": "af_sky",
    "onyx": "am_onyx",
    "sage": "bf_emma",
    "shimmer": "af_bella",
    "verse": "am_puck",
}
"""OpenAI's voice names and the voice that answers to each: near in gender and manner, not imitations."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice a listener can choose."""

    id: str
    """What requests name it by."""
    name: str
    """What people call it, in Latin letters."""
    native_name: str
    """What people call it in its own script."""
    locale: str
    """BCP 47: `en-US`, `zh-CN`, `de-DE`; `und` where nobody knows."""
    gender: Literal["female", "male"] | None
    """None where nobody has said."""
    model: str
    """The model that speaks it: `hibari`, `kokoro`, or the name of a piper voice."""
    model_voice: str
    """The model's own name for it."""
    gain_db: float
    """Decibels that bring it to -18 LUFS."""

    @property
    def language(self) -> Language:
        """The language it is at home in."""
        return self.locale.split("-")[0].lower()

    @property
    def languages(self) -> tuple[Language, ...]:
        """All languages it can read: Kokoro's voices share one phoneme set, so each of them reads mixed text."""
        return ("en", "zh") if self.model == "kokoro" else (self.language,)

    @property
    def is_british(self) -> bool:
        """Whether its English is British."""
        return self.locale == "en-GB"


def _kokoro(voice: str, name: str, gain_db: float, native_name: str | None = None) -> Voice:
    """Kokoro's names say what they are: a/b/z for American, British, Mandarin, then f or m."""
    locale = {"a": "en-US", "b": "en-GB", "z": "zh-CN"}[voice[0]]
    return Voice(
        voice, name, native_name or name, locale, "female" if voice[1] == "f" else "male", "kokoro", voice, gain_db
    )


VOICES = (
    Voice("heart", "Heart (fast)", "Heart (fast)", "en-US", "female", "hibari", "heart", 8.2),
    _kokoro("af_heart", "Heart", 4.7),
    _kokoro("af_alloy", "Alloy", 4.2),
    _kokoro("af_bella", "Bella", 4.0),
    _kokoro("af_kore", "Kore", 0.7),
    _kokoro("af_sarah", "Sarah", 2.8),
    _kokoro("af_sky", "Sky", 6.0),
    _kokoro("am_adam", "Adam", 0.4),
    _kokoro("am_echo", "Echo", 4.6),
    _kokoro("am_fenrir", "Fenrir", 1.2),
    _kokoro("am_liam", "Liam", 3.6),
    _kokoro("am_michael", "Michael", 6.0),
    _kokoro("am_onyx", "Onyx", 4.8),
    _kokoro("am_puck", "Puck", 0.6),
    _kokoro("bf_emma", "Emma", 2.0),
    _kokoro("bm_daniel", "Daniel", 3.4),
    _kokoro("bm_george", "George", 3.7),
    _kokoro("zf_xiaobei", "Xiaobei", 2.3, "晓北"),
    _kokoro("zf_xiaoxiao", "Xiaoxiao", -1.6, "晓晓"),
    _kokoro("zf_xiaoyi", "Xiaoyi", 1.1, "晓伊"),
    _kokoro("zm_yunjian", "Yunjian", 2.7, "云健"),
    _kokoro("zm_yunxi", "Yunxi", 3.7, "云希"),
    _kokoro("zm_yunxia", "Yunxia", 2.5, "云夏"),
    _kokoro("zm_yunyang", "Yunyang", 5.8, "云扬"),
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The voice that will speak, and what to tell a listener who asked for another."""

    voice: Voice
    notice: str | None = None


class VoiceCatalogue:
    """The voices whose models are here."""

    def __init__(self, voices: Iterable[Voice]) -> None:
        """`voices` in the order a menu shows them."""
        self.voices = tuple(voices)
        self._by_id = {voice.id: voice for voice in self.voices}

    @property
    def languages(self) -> tuple[Language, ...]:
        """All that is read here, in the order of the voices."""
        return tuple(dict.fromkeys(language for voice in self.voices for language in voice.languages))

    def find(self, voice_id: str) -> Voice | None:
        """The voice of that id or alias; None where there is none, and for the default voice."""
        return self._by_id.get(OPENAI_VOICES.get(voice_id, voice_id))

    def choose(self, voice_id: str, language: Language) -> Choice:
        """Find the voice for a request in `language` (`zh` where English and Mandarin are mixed).

        Raises:
            VoiceNotFoundError: when there is no such voice.
            UnsupportedLanguageError: when no voice that is here reads the language.
        """
        if voice_id == DEFAULT_VOICE:
            return Choice(self.default_for(language))
        voice = self.find(voice_id)
        if voice is None:
            raise VoiceNotFoundError("There is no such voice; GET /v1/audio/voices lists those there are.")
        if language in voice.languages:
            return Choice(voice)
        stand_in = self._stand_in(language)
        reads = "reads English only" if voice.languages == ("en",) else "does not read this language"
        return Choice(stand_in, f"{voice.name} {reads}, so {stand_in.name} ({stand_in.id}) reads this text.")

    def choose_for_any(self, voice_id: str) -> Choice:
        """Find the voice for a text that nobody knows yet: unless another is asked for, one that reads both languages.

        Raises:
            VoiceNotFoundError, UnsupportedLanguageError: as `choose`.
        """
        return Choice(self._stand_in("zh")) if voice_id == DEFAULT_VOICE else self.choose(voice_id, "en")

    def _stand_in(self, language: Language) -> Voice:
        stand_in = self._by_id.get("af_heart")
        return self.default_for(language) if stand_in is None or language not in stand_in.languages else stand_in

    def default_for(self, language: Language) -> Voice:
        """The voice that speaks a language unless another is asked for.

        Raises:
            UnsupportedLanguageError: when no voice that is here reads it.
        """
        preferred = self._by_id.get({"en": "heart", "zh": "zf_xiaoxiao"}.get(language, ""))
        for voice in (preferred, *self.voices):
            if voice is not None and language in voice.languages:
                return voice
        raise UnsupportedLanguageError(
            f"No voice that is installed reads this language; there are some for {', '.join(self.languages)}."
        )
