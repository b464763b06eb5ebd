"""Makes a voice of piper's ready to be streamed: cut, made stateful, proven equal to the whole, put on the shelf."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from onnx import ModelProto

from export.errors import ExportError
from export.piper_config import READ_HERE
from export.piper_files import PiperFiles
from export.progress import Progress
from export.shared_weights import write_models
from export.shelf import Shelf
from export.streaming.fold import fold
from export.streaming.graph import Graph, read_graph, write_graph
from export.streaming.pipeline import Streamed, make_streaming
from export.surgery import parsed, serialised
from export.text_graph.lighten import lighten
from export.vits import VitsParts, cut_vits
from export.vits_parity import check_voice, measured_speakers, utterances_for
from server.engines.tts.vits import open_vits
from server.engines.tts.vits_ids import own_alphabet
from server.engines.tts.vits_reading import choose_reading
from server.engines.tts.vits_spec import SPEC_FILE, SpeakerSpec, VitsSpec, load_spec
from server.errors import ModelUnavailableError
from server.runtime.model_card import GraphSpec, ModelCard, load_card
from server.runtime.sessions import open_session
from server.text import espeak

WEIGHTS_FILE: Final = "weights.bin"
UNKNOWN_LICENCE: Final = "LicenseRef-unknown"

_FIRST_DECODED_FRAMES: Final = 14
"""Output frames of the decoder's first call. With fewer, what is left when the silence before the sound is trimmed
fills no chunk of 100 ms, and that waits for another 128 frames of the flow and 32 of the decoder: 18 ms."""
_MID_DECODED_FRAMES: Final = 32
"""Output frames of each of its next calls: how often sound comes, and what a call costs beside it."""
_MID_FLOW_FRAMES: Final = 128
"""A call of the flow reads all its weights, 28 MB, from memory, so few and long calls are cheaper."""
_MAX_PHONEMES: Final = 400


@dataclass(frozen=True, slots=True)
class PiperVoice:
    """A voice to be made."""

    name: str
    """The folder's name."""
    files: PiperFiles
    licence: str
    """SPDX expression, as far as known."""


def piper_voice(files: PiperFiles, *, name: str | None = None, licence: str | None = None) -> PiperVoice:
    """Choose a name and find the licence where none is given.

    Raises:
        ExportError: when the name cannot be a folder's.
    """
    chosen = name or "piper-" + re.sub(r"[^a-z0-9]+", "-", files.stem.lower()).strip("-")
    if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", chosen):
        raise ExportError(f"A voice cannot be called {chosen}; use small letters, digits and hyphens.")
    return PiperVoice(chosen, files, licence or _stated_licence(files.texts))


def add_voice(voice: PiperVoice, shelf: Shelf, progress: Progress) -> str:
    """Make the voice and put it on the shelf, in the place of an older one of its name.

    Returns:
        One line for the person at the terminal.

    Raises:
        ExportError: when the graph is no VITS voice, cannot be streamed, or does not sound as the whole did.
    """
    with shelf.lock(lambda: progress.line("Another export is at work here; waiting for it.")):
        shelf.put(voice.name, lambda folder: _build(voice, folder, progress), lambda hashes: None)
    size_mb = shelf.size_bytes(voice.name) / 1e6
    outlook = _why_silent(shelf.folder / voice.name) or "It is in the menu when the server starts next."
    return f"Made {voice.name} ({size_mb:.1f} MB, {voice.licence}). {outlook}"


def _why_silent(folder: Path) -> str:
    """What keeps the server from offering the voice as things are; empty when nothing does."""
    card = load_card(folder)
    program = espeak.Espeak() if espeak.is_installed() else None
    try:
        choose_reading(card.name, load_spec(card), program)
    except ModelUnavailableError as error:
        return error.message
    finally:
        if program is not None:
            program.close()
    return ""


def _build(voice: PiperVoice, folder: Path, progress: Progress) -> ModelCard:
    config = voice.files.config
    if config.phoneme_type not in READ_HERE:
        raise ExportError(
            f"The voice {voice.files.stem} reads phonemes of the kind `{config.phoneme_type}`, which cannot be made "
            f"here; voices that read {' or '.join(READ_HERE)} can be used."
        )
    speakers = config.speakers(config.dataset or voice.files.stem)
    utterances = utterances_for(config.phoneme_id_map)
    steps = 2 + len(utterances) + len(measured_speakers(list(speakers)))
    progress.begin(f"Cutting {voice.files.stem}", steps, "steps")
    parts = cut_vits(parsed(voice.files.graph))
    progress.update(1, "Making flow and decoder stream")
    decoder = _streamed_decoder(parts)
    flow = _streamed_flow(parts, decoder.spec.first_frames)
    n_symbols = 1 + max(number for ids in config.phoneme_id_map.values() for number in ids)
    text = lighten(read_graph(parts.text), n_symbols)
    graphs = _write_graphs(folder, text, {"flow": flow, "decoder": decoder})
    spec = VitsSpec(
        locale=config.locale,
        alphabet="espeak" if config.phoneme_type == "espeak" else "text",
        espeak_voice=config.espeak_voice,
        phoneme_ids=config.phoneme_id_map,
        noise_scale=config.inference.noise_scale,
        length_scale=config.inference.length_scale,
        duration_noise_scale=config.inference.noise_w,
        has_duration_noise="duration_noise" in {info.name for info in parts.text.graph.input},
        channels=_channels(flow),
        speakers={name: SpeakerSpec(id=number, gain_db=0.0) for name, number in speakers.items()},
        flow=flow.spec,
        decoder=decoder.spec,
    )
    card = ModelCard(
        name=voice.name,
        title=f"{voice.files.stem} (piper)",
        licence=voice.licence,
        attribution=f"The piper voice {voice.files.stem}; see the texts beside it for its data and licence",
        sample_rate_hz=config.audio.sample_rate,
        hop_samples=decoder.spec.rate,
        max_phonemes=_MAX_PHONEMES,
        vocabulary={symbol: ids[0] for symbol, ids in config.phoneme_id_map.items() if ids},
        graphs=graphs,
        sources=(),
        folder=folder,
    )
    gains_db = _prove(card, spec, parts.whole, utterances, progress)
    spec = spec.model_copy(
        update={"speakers": {name: SpeakerSpec(id=speakers[name], gain_db=gains_db[name]) for name in speakers}}
    )
    (folder / SPEC_FILE).write_text(spec.model_dump_json(indent=1) + "\n", encoding="utf-8")
    for name, content in voice.files.texts.items():
        (folder / name).write_bytes(content)
    progress.end()
    return card


def _streamed_decoder(parts: VitsParts) -> Streamed:
    graph = fold(read_graph(parts.decoder))
    # The hop is not known before the graph is read as a stream; no voice has more than 512 samples a frame.
    probe = make_streaming(graph, "frames", first_samples=1, mid_frames=_MID_DECODED_FRAMES, fixed=True)
    first_samples = _FIRST_DECODED_FRAMES * probe.spec.rate
    return make_streaming(graph, "frames", first_samples=first_samples, mid_frames=_MID_DECODED_FRAMES, fixed=True)


def _streamed_flow(parts: VitsParts, first_frames: int) -> Streamed:
    """The flow; its first call gives as many frames as the decoder's first call takes."""
    graph = fold(read_graph(parts.flow), {"mask": 1.0})
    return make_streaming(graph, "latents", first_samples=first_frames, mid_frames=_MID_FLOW_FRAMES, fixed=False)


def _write_graphs(folder: Path, text: Graph, streams: Mapping[str, Streamed]) -> dict[str, GraphSpec]:
    """Write the text graph, and the graphs for each call of flow and decoder, over one file of weights."""
    graphs: dict[str, Graph] = {"text": text}
    for part, streamed in streams.items():
        graphs.update({f"{part}_{call}": graph for call, graph in streamed.graphs.items()})
    files: dict[str, ModelProto] = {f"{name}.onnx": write_graph(graph) for name, graph in graphs.items()}
    write_models(folder, files, WEIGHTS_FILE)
    return {
        name: GraphSpec(file=f"{name}.onnx", inputs=graph.inputs, outputs=graph.outputs)
        for name, graph in graphs.items()
    }


def _prove(
    card: ModelCard, spec: VitsSpec, whole: ModelProto, utterances: Sequence[str], progress: Progress
) -> dict[str, float]:
    """See that the voice in pieces is the voice whole, and find the gain of each speaker."""
    alphabet = own_alphabet(spec.phoneme_ids)
    voice, _ = open_vits(card, spec, alphabet)
    measured = check_voice(
        voice,
        open_session(serialised(whole)).session,
        spec,
        alphabet,
        card.hop_samples,
        utterances,
        lambda done, text: progress.update(2 + done, text),
    )
    return measured.gain_db


def _channels(flow: Streamed) -> int:
    (spec,) = (spec for spec in flow.graphs["whole"].inputs if spec.name == flow.spec.source)
    return int(spec.shape[1])


def _stated_licence(texts: Mapping[str, bytes]) -> str:
    """The licence that the voice's card names, if it does: as written there, since few are SPDX expressions."""
    card = texts.get("MODEL_CARD", b"").decode("utf-8", "replace")
    match = re.search(r"^\W*Licen[sc]e:\s*(.+?)\s*$", card, re.MULTILINE)
    return f"{match[1]} (as its model card says)" if match else UNKNOWN_LICENCE
