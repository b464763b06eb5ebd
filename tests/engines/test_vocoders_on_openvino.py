"""A voice whose vocoder runs on OpenVINO says what it says on onnxruntime."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from export.manifest import MANIFEST_FILE
from export.piper import add_voice, piper_voice
from export.piper_files import find_piper_files
from export.progress import LineProgress
from export.shelf import Shelf
from server.engines.tts.acoustic import AcousticModel, Utterance
from server.engines.tts.kokoro_streaming import KokoroStreaming
from server.engines.tts.vits import load_vits
from server.errors import ConfigurationError
from server.loading import load_speech
from server.runtime.model_card import ModelCard, load_card
from server.runtime.openvino_session import open_openvino
from server.runtime.sessions import CPU, GraphSession, OpenedGraph, Shapes, open_session
from server.settings import Settings
from tests.export.tiny_vits import Shape, write_tiny_voice

SENTENCE = "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ ðə lˈAzi dˈɔɡ, ænd ðˈɛn ɪt slˈips ˈɔl dˈA lˈɔŋ ɪn ðə sˈʌn."

in_f32 = partial(open_openvino, precision="f32")


def say(model: AcousticModel, phonemes: str, voice: str) -> npt.NDArray[np.float32]:
    return np.concatenate(list(model.render(Utterance(phonemes, voice, 1.0), np.random.default_rng(0)).blocks))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    folder = tmp_path_factory.mktemp("voice")
    voice = piper_voice(find_piper_files(write_tiny_voice(folder / "in", Shape(speakers=3))), name="tiny")
    with (folder / "log").open("w") as log:
        add_voice(voice, Shelf(folder / "models"), LineProgress(log))
    return load_card(folder / "models" / "tiny")


@pytest.mark.openvino
@pytest.mark.parametrize("phonemes", [SENTENCE, "ˈO."])
def test_a_piper_voice_whose_decoder_runs_on_openvino_says_the_same(tiny: ModelCard, phonemes: str) -> None:
    on_onnxruntime, provider = load_vits(tiny)
    assert provider == CPU
    on_openvino, provider = load_vits(tiny, open_decoder=in_f32)
    assert provider == "OpenVINO f32"
    wanted = say(on_onnxruntime, phonemes, "person 1")
    np.testing.assert_allclose(say(on_openvino, phonemes, "person 1"), wanted, rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def kokoro() -> ModelCard:
    return load_card(MANIFEST_FILE.parent / "kokoro")


def opened(graph: Path) -> GraphSession:
    return open_session(graph).session


def in_float32_on_onnxruntime(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
    return open_session(graph)


@pytest.mark.openvino
@pytest.mark.models
def test_kokoro_whose_generator_runs_on_openvino_says_the_same(kokoro: ModelCard) -> None:
    on_openvino = KokoroStreaming.open(kokoro, opened, in_f32)
    assert on_openvino.provider == "OpenVINO f32"
    wanted = say(KokoroStreaming.open(kokoro, opened, in_float32_on_onnxruntime), SENTENCE, "af_heart")
    np.testing.assert_allclose(say(on_openvino, SENTENCE, "af_heart"), wanted, rtol=0, atol=1e-3)


@pytest.mark.models
def test_the_shapes_that_kokoro_names_are_those_of_most_of_its_windows(kokoro: ModelCard) -> None:
    named: list[Shapes] = []
    met: list[tuple[int, ...]] = []

    class Watched:
        def __init__(self, session: GraphSession) -> None:
            self._session = session

        def run(self, output_names: list[str], feeds: dict[str, npt.NDArray[np.float32]]) -> list[object]:
            met.append(feeds["x"].shape)
            assert feeds["x"].shape not in fixed or {"x": feeds["x"].shape, "har": feeds["har"].shape} in named
            return self._session.run(output_names, feeds)

        def get_providers(self) -> list[str]:
            return self._session.get_providers()

    def open_generator(graph: Path, *, shapes: Iterable[Shapes] = ()) -> OpenedGraph:
        named.extend(shapes)
        return OpenedGraph(Watched(opened(graph)), CPU)

    model = KokoroStreaming.open(kokoro, opened, open_generator)
    fixed = {each["x"] for each in named}
    say(model, SENTENCE, "af_heart")
    assert met[0] in fixed
    assert sum(shape in fixed for shape in met) > len(met) / 2


@pytest.mark.models
def test_openvino_and_another_device_contradict_each_other() -> None:
    with pytest.raises(ConfigurationError, match=r"^OpenVINO runs on the CPU: set the device to cpu, or the back end"):
        load_speech(Settings(backend="openvino", device="auto"))
