"""The speech engine: text -> clauses -> phonemes -> sound, a fixed-size chunk at a time."""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from server.audio.chunk import AudioChunk, Break
from server.audio.limiter import LIMITER_MEMORY_S, LimiterStream
from server.audio.rechunk import rechunk
from server.audio.silence import trim_silence
from server.audio.timing import SpeechTiming
from server.engines.base import Mark, SpeechRequest
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.clause_timing import clause_timing, marks_alone
from server.engines.tts.inbox import TextInbox, nothing_to_say
from server.engines.tts.read_sentence import ReadSentence, joined
from server.engines.tts.variation import varied, with_gain
from server.engines.tts.voices import Voice, VoiceCatalogue
from server.errors import InvalidSsmlError, TextEmptyError, UnsupportedLanguageError
from server.text.aligned import Aligned, aligned_reading, with_given
from server.text.clause import Language
from server.text.clauses import ClauseSplitter
from server.text.durations import about_s
from server.text.language import contains_han, dominant_language, has_letters, has_speakable
from server.text.lexicon import NO_LEXICON, Lexicon
from server.text.phonemizer import Phonemizer, split_phonemes
from server.text.script import Line, Script, plain_line, script_lines

Floats = npt.NDArray[np.float32]

_LANGUAGE_TAG = re.compile(r"(?P<primary>[a-z]{2,8})(-[a-z0-9]{1,8})*")
_MACRO_LANGUAGES: Final[Mapping[str, Language]] = {"cmn": "zh"}
"""Primary subtags (BCP 47) that have another name here."""
_WRITTEN_WITH_HAN: Final = frozenset({"zh", "ja", "ko", "yue"})


@dataclass(slots=True)
class SpeechJob:
    """One text being spoken. The generator holds every state of the rendering."""

    voice: Voice
    """Who speaks."""
    language: Language
    """`zh` where English and Mandarin are mixed."""
    notice: str | None
    """A sentence for the listener where something else was done than asked."""
    sample_rate_hz: int
    expected_s: float
    """About how many seconds it will sound, as far as its text has come."""
    inbox: TextInbox = field(repr=False)
    speed: float
    lexicon: Lexicon = field(repr=False)
    """The request's and the server's."""
    channels: int = 1
    chunks: Iterator[AudioChunk | None] = field(default_factory=lambda: iter(()), repr=False)
    marks: list[Mark] = field(default_factory=list, repr=False)
    """Where each clause begins."""
    timings: deque[SpeechTiming] = field(default_factory=deque, repr=False)
    """Of what was begun since the last chunk."""

    @property
    def kind(self) -> str:
        """The model's name: what it costs is known by it."""
        return self.voice.model


class SpeechEngine:
    """Speaks with any voice of the catalogue. Shared by all threads; what changes lives on the job."""

    def __init__(
        self,
        *,
        models: Mapping[str, AcousticModel],
        catalogue: VoiceCatalogue,
        phonemizer: Phonemizer,
        chunk_ms: int,
        readers: Mapping[str, Callable[[str], str]] | None = None,
        lexicon: Lexicon = NO_LEXICON,
    ) -> None:
        """`models` by the names that `Voice.model` uses; a chunk holds `chunk_ms` milliseconds.

        `readers`, by the same names: what makes the phonemes of a clause for models that do not read `phonemizer`'s.
        `lexicon`: the server's own readings of words.
        """
        self._models = models
        self._catalogue = catalogue
        self._phonemizer = phonemizer
        self._chunk_ms = chunk_ms
        self._readers = readers or {}
        self._lexicon = lexicon

    def open(self, request: SpeechRequest) -> SpeechJob:
        """Choose the voice and start a rendering; no model runs yet.

        Raises:
            TextEmptyError: when nothing in the text can be spoken.
            UnsupportedLanguageError: when no voice reads the language.
            VoiceNotFoundError: when there is no such voice.
            InvalidSsmlError: when a script's voices cannot sound together.
        """
        return self.reopen(request, (), 0)

    def reopen(self, request: SpeechRequest, marks: Sequence[Mark], next_sample: int) -> SpeechJob:
        """Open, but begin at `next_sample`: one clause before it is made again, not the whole text.

        Raises:
            WildtrackError: as `open`.
        """
        if not request.is_open and not has_letters(request.text):
            raise TextEmptyError("There is nothing to say: send at least one word.")
        asked = None if request.language is None else parse_language(request.language)
        language = self._language(request, asked)
        if request.is_open and asked is None and language == "en":
            choice = self._catalogue.choose_for_any(request.voice_id)
        else:
            choice = self._catalogue.choose(request.voice_id, language)
        if not request.is_open and not self._can_say(choice.voice)(request.text):
            raise nothing_to_say()
        rate_hz = self._models[choice.voice.model].sample_rate_hz
        self._check_script(request.script, rate_hz)
        speed = request.manner.speed(request.speed)
        expected_s = about_s(request.text) / speed
        inbox = TextInbox(request)
        job = SpeechJob(
            choice.voice, language, choice.notice, rate_hz, expected_s, inbox, speed, self._lexicon | request.lexicon
        )
        # The limiter must have heard enough before the first sample that is wanted to stand where it stood.
        heard_from = next_sample - round(LIMITER_MEMORY_S * rate_hz)
        first_clause = max(0, bisect_right(marks, heard_from, key=lambda mark: mark.start_sample) - 1)
        job.marks = list(marks[: first_clause + 1]) or [Mark(0, 0.0)]
        job.chunks = self._chunks(job, request, asked, first_clause, next_sample)
        return job

    def _check_script(self, script: Script | None, rate_hz: int) -> None:
        for stretch in script or ():
            voice = self._catalogue.find(stretch.delivery.voice) if stretch.delivery.voice else None
            if voice is not None and self._models[voice.model].sample_rate_hz != rate_hz:
                raise InvalidSsmlError(
                    f"The SSML asks for {voice.name} beside a voice of another sample rate; give the two a text each."
                )

    def _language(self, request: SpeechRequest, asked: Language | None) -> Language:
        """What the text is read in: as it was asked, as it is written, else as the voice speaks."""
        if asked not in (None, "en", "zh"):
            return asked
        named = self._catalogue.find(request.voice_id)
        home = "en" if named is None or "en" in named.languages else named.language
        # A voice that reads English only cannot read a text with Chinese in it, whatever it is said to be.
        if dominant_language(request.text) == "zh" and home not in _WRITTEN_WITH_HAN:
            return "zh"
        return asked or home

    def _can_say(self, voice: Voice) -> Callable[[str], bool]:
        """What tells whether the voice can read anything of a text."""
        return has_letters if voice.model in self._readers else has_speakable

    def reading(self, request: SpeechRequest) -> Iterator[ReadSentence]:
        """How a text would be read, sentence by sentence; no model runs.

        Raises:
            WildtrackError: as `open`.
        """
        job = self.open(request)
        language = None if request.language is None else parse_language(request.language)
        sentence: list[ReadSentence] = []
        for line in self._lines(job, request, language):
            if isinstance(line, Break) or not line.clause.text:
                continue
            voice = self._voice(line, job)
            text, _ = job.lexicon.apply(line.text)
            has_reader = voice.model in self._readers
            spoken = text if has_reader else self._phonemizer.spoken(line.clause, text, british=voice.is_british)
            phonemes = self._read(line, voice, job.lexicon)
            sentence.append(ReadSentence(line.text.text, spoken.text, phonemes.text, line.clause.language))
            if line.clause.ends_sentence:
                yield joined(sentence)
                sentence = []
        if sentence:
            yield joined(sentence)

    def feed(self, job: SpeechJob, text: str, *, flush: bool = False, end: bool = False) -> None:
        """Take more text.

        Raises:
            UnsupportedLanguageError: for Chinese, when the voice does not read it.
        """
        if contains_han(text) and _WRITTEN_WITH_HAN.isdisjoint(job.voice.languages):
            raise UnsupportedLanguageError(
                f"{job.voice.name} reads no Chinese; ask for the stream with another voice, or with `language` zh."
            )
        job.expected_s += about_s(text) / job.speed
        job.inbox.put(text, flush=flush, end=end)

    def step(self, job: SpeechJob) -> AudioChunk | None:
        """Make the next chunk; None when more text has to come first. Blocks while the model runs.

        Raises:
            TextEmptyError: when all of the text has come, and nothing in it can be spoken.
        """
        chunk = next(job.chunks)
        if chunk is None or not job.timings:
            return chunk
        timings, job.timings = tuple(job.timings), deque()
        return replace(chunk, timings=timings)

    def close(self, job: SpeechJob) -> None:
        """Drop the rendering: what the model had not begun is not made."""
        job.chunks = iter(())

    def _chunks(
        self, job: SpeechJob, request: SpeechRequest, language: Language | None, first_clause: int, next_sample: int
    ) -> Iterator[AudioChunk | None]:
        limiter = LimiterStream(job.sample_rate_hz, channels=1)
        to_drop = next_sample - job.marks[-1].start_sample
        lines = self._lines(job, request, language)

        def wanted() -> Iterator[Floats | Break]:
            nonlocal to_drop
            for block in self._sound(job, request, lines, first_clause, limiter.look_ahead_samples):
                if isinstance(block, Break):
                    if block.flush is None or not to_drop:  # the others were answered before
                        yield block
                    continue
                limited = limiter.process(block[:, np.newaxis])
                dropped = min(to_drop, len(limited))
                to_drop -= dropped
                yield limited[dropped:]

        chunk_samples = job.sample_rate_hz * self._chunk_ms // 1000
        return rechunk(wanted(), chunk_samples=chunk_samples, start_sample=next_sample)

    def _lines(self, job: SpeechJob, request: SpeechRequest, language: Language | None) -> Iterator[Line | Break]:
        """What is said, a clause at a time."""
        # Our own front ends find the language clause by clause; a voice with a reader has one.
        language = job.language if job.voice.model in self._readers else language
        first_target_s = self._models[job.voice.model].first_clause_s
        if request.script is not None:
            yield from script_lines(request.script, language=language, speed=job.speed, first_target_s=first_target_s)
            return
        splitter = ClauseSplitter(language=language, speed=job.speed, first_target_s=first_target_s)
        for clause in job.inbox.clauses(splitter, self._can_say(job.voice)):
            yield clause if isinstance(clause, Break) else plain_line(clause)

    def _sound(
        self,
        job: SpeechJob,
        request: SpeechRequest,
        lines: Iterator[Line | Break],
        first_clause: int,
        look_ahead_samples: int,
    ) -> Iterator[Floats | Break]:
        """The clauses from `first_clause` on, and the pauses between; float32 [n_samples]. Marks each on the job.

        Who listens hears `look_ahead_samples` late, so as many of silence follow on the last clause. At a break they
        come too, and then count as the beginning of the pause that is due: where, and whether, sound waits for text
        changes no sample.
        """
        position, pause_s = job.marks[-1].start_sample, job.marks[-1].pause_s
        index = -1
        n_early = 0
        """Samples of the pause that have gone out."""
        for line in lines:
            n_pause = round(pause_s * job.sample_rate_hz)
            if isinstance(line, Break):
                yield _silence(min(n_pause, look_ahead_samples) - n_early)
                n_early = min(n_pause, look_ahead_samples)
                yield line
                continue
            if not line.clause.text:
                job.timings.append(marks_alone(line, position))
                continue
            index += 1
            if index < first_clause:
                continue
            if index > first_clause:
                job.marks.append(Mark(position, pause_s))
            is_silent = True
            begins_at = position + n_pause + look_ahead_samples
            for block in self._clause_sound(line, index, request, job, begins_at):
                if is_silent:
                    position += n_pause
                    yield _silence(n_pause - n_early)
                    n_early = 0
                is_silent = False
                position += len(block)
                yield block
            # A clause that says nothing (a lone dash, an emoji) still may end a sentence.
            due_s = line.clause.pause_s * request.manner.pause * line.delivery.manner.pause
            pause_s = max(pause_s, due_s) if is_silent else due_s
        yield _silence(look_ahead_samples - n_early)

    def _clause_sound(
        self, line: Line, index: int, request: SpeechRequest, job: SpeechJob, start_sample: int
    ) -> Iterator[Floats]:
        """One clause at the loudness of all voices, without the silence around it; heard from `start_sample` on."""
        delivery = line.delivery
        voice = self._voice(line, job)
        model = self._models[voice.model]
        manner, variations = request.manner.with_also(delivery.manner), delivery.variations
        if line.clause.language == "zh":
            # Without a voice there are no tones: of whispered Mandarin one character in nine was misheard.
            manner, variations = manner.voiced(), tuple((span, other.voiced()) for span, other in variations)
        gain = np.float32(10 ** ((voice.gain_db + manner.volume_db) / 20))
        pieces = split_phonemes(self._read(line, voice, job.lexicon), model.max_phonemes)
        if not pieces and delivery.marks:
            job.timings.append(marks_alone(line, start_sample))
        for part, piece in enumerate(pieces):
            # Seeded by place, so that a clause sounds the same whatever was made before it.
            noise = np.random.default_rng([request.seed, index, part])
            variation = varied(piece, variations)
            utterance = Utterance(
                piece.text, voice.model_voice, manner.speed(request.speed), manner.prosody, variation.prosodies
            )
            rendering = model.render(utterance, noise)
            timing = clause_timing(line, piece, rendering.phonemes, part=part, start_sample=start_sample)
            blocks = with_gain(rendering, gain, variation.volumes_db, model.sample_rate_hz)

            def tell(n_dropped: int, timing: SpeechTiming = timing, first_sample: int = start_sample) -> None:
                job.timings.append(timing.earlier(n_dropped, first_sample))

            for block in trim_silence(blocks, model.sample_rate_hz, on_start=tell):
                start_sample += len(block)
                yield block

    def _voice(self, line: Line, job: SpeechJob) -> Voice:
        """Who says it: the voice of the request, but for what a script gives to another."""
        if line.delivery.voice is None:
            return job.voice
        return self._catalogue.choose(line.delivery.voice, line.clause.language).voice

    def _read(self, line: Line, voice: Voice, lexicon: Lexicon) -> Aligned:
        """The clause as the voice's model reads it."""
        text, given = lexicon.apply(line.text)
        read = self._readers.get(voice.model)
        if read is None:
            phonemes = self._phonemizer.phonemize(line.clause, text, british=voice.is_british)
        else:
            phonemes = aligned_reading(text, read(text.text))
        return with_given(phonemes, {**given, **line.delivery.given})


def _silence(n_samples: int) -> Floats:
    return np.zeros(n_samples, np.float32)


def parse_language(tag: str) -> Language:
    """Read a language tag (BCP 47), such as `en`, `en-GB`, `zh-CN` or `zh_Hans`.

    Raises:
        UnsupportedLanguageError: when it is no such tag.
    """
    match = _LANGUAGE_TAG.fullmatch(tag.strip().lower().replace("_", "-"))
    if match is None:
        raise UnsupportedLanguageError("A language is given as a tag such as `en`, `zh-CN` or `de`.")
    return _MACRO_LANGUAGES.get(match["primary"], match["primary"])
