"""Finds the parts of a VITS voice by their structure, whatever its exporter called them, and cuts it there.

    ids -> [ text ] -> mean, log sd, durations     z_p = mean + noise * exp(log sd) * scale, each repeated for
                                                   its duration; done by the host
    z_p -> [ flow ] -> z -> [ decoder ] -> audio

Source: Kim, Kong and Son, "Conditional Variational Autoencoder with Adversarial Learning for End-to-End Text-to-Speech"
(ICML 2021), section 2; the graphs are those that piper's training program exports.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from onnx import ModelProto, NodeProto

from export.errors import ExportError
from export.streaming.graph import Graph, read_graph
from export.surgery import cut
from server.runtime.model_card import TensorSpec

_RANDOM: Final = ("RandomNormalLike", "RandomNormal")
_RENAMING: Final = ("Unsqueeze", "Squeeze", "Reshape", "Identity", "Cast")

IDS: Final = TensorSpec(name="input", dtype="int64", shape=(1, "P"))
LENGTHS: Final = TensorSpec(name="input_lengths", dtype="int64", shape=(1,))
SCALES: Final = TensorSpec(name="scales", dtype="float32", shape=(3,))
"""Noise scale (of the prior), length scale (1 / speed), noise scale of the durations."""
SPEAKER_ID: Final = TensorSpec(name="sid", dtype="int64", shape=(1,))


_T = TypeVar("_T")


class NotVitsError(ExportError):
    """The graph is not built as a VITS voice is."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The graph is not a VITS voice that can be cut: {why}.")


@dataclass(frozen=True, slots=True)
class VitsTensors:
    """The places at which a VITS graph is cut: names of its tensors. P is phonemes, F frames, S samples."""

    mean: str
    """Of the prior, per phoneme: [1, channels, P]."""
    log_sd: str
    """[1, channels, P]."""
    durations: str
    """Frames of each phoneme, whole numbers: [1, 1, P]."""
    duration_noise: str | None
    """[1, 2, P]; None where durations are not drawn."""
    prior_noise: str
    """[1, channels, F]."""
    latents: str
    """z_p, the flow's input: [1, channels, F]."""
    mask: str
    """One for each frame of the utterance: [1, 1, F]."""
    frames: str
    """z, the decoder's input: [1, channels, F]."""
    waveform: str
    """[1, 1, S]."""
    speaker: str | None
    """The speaker's embedding, [1, speaker channels, 1]; None where there is one speaker."""
    channels: int
    speaker_channels: int


@dataclass(frozen=True, slots=True)
class VitsParts:
    """A VITS voice in pieces."""

    text: ModelProto
    """input, input_lengths, scales, (duration_noise), (sid) -> mean, log_sd, durations, (speaker)."""
    flow: ModelProto
    """latents, mask, (speaker) -> frames."""
    decoder: ModelProto
    """frames, (speaker) -> waveform."""
    whole: ModelProto
    """All of it, with the noise as inputs: what the pieces must equal."""


def cut_vits(model: ModelProto) -> VitsParts:
    """Cut a voice.

    Raises:
        NotVitsError: when it is built otherwise; the sentence says what is missing.
    """
    graph = read_graph(model)
    found = find_tensors(graph)
    given = {spec.name for spec in graph.inputs}

    def spec(name: str, *shape: int | str) -> TensorSpec:
        return TensorSpec(name=name, dtype="float32", shape=shape)

    tensor_of = {
        name: getattr(found, name)
        for name in (
            *("mean", "log_sd", "durations", "duration_noise", "prior_noise", "latents", "mask", "frames", "waveform"),
            "speaker",
        )
        if getattr(found, name) is not None
    }
    asked = [IDS, LENGTHS, SCALES]
    if found.duration_noise is not None:
        asked.append(spec("duration_noise", 1, 2, "P"))
    if "sid" in given:
        asked.append(SPEAKER_ID)
    speaker = [spec("speaker", 1, found.speaker_channels, 1)] if found.speaker is not None else []
    frames, waveform = spec("frames", 1, found.channels, "frames"), spec("waveform", 1, 1, "samples")
    latents, mask = spec("latents", 1, found.channels, "frames"), spec("mask", 1, 1, "frames")
    prior = [spec("mean", 1, found.channels, "P"), spec("log_sd", 1, found.channels, "P"), spec("durations", 1, 1, "P")]
    noise = spec("prior_noise", 1, found.channels, "frames")
    return VitsParts(
        text=cut(model, "text", asked, [*prior, *speaker], tensor_of),
        flow=cut(model, "flow", [latents, mask, *speaker], [frames], tensor_of),
        decoder=cut(model, "decoder", [frames, *speaker], [waveform], tensor_of),
        whole=cut(model, "whole", [*asked, noise], [waveform], tensor_of),
    )


def find_tensors(graph: Graph) -> VitsTensors:
    """Where to cut a voice.

    Raises:
        NotVitsError: when a part is missing or there is more than one.
    """
    return _Finder(graph).find()


class _Finder:
    """Looks for the parts, each by its place between those found before."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._maker: dict[str, NodeProto] = {tensor: node for node in graph.nodes for tensor in node.output}

    def find(self) -> VitsTensors:
        missing = {"input", "input_lengths", "scales"} - {spec.name for spec in self._graph.inputs}
        if missing:
            raise NotVitsError(f"it has no input {' and no '.join(sorted(missing))}")
        durations = _only("rounding up of durations (Ceil)", self._named("Ceil")).output[0]
        timed = self._reached_from([durations])
        before = self._leading_to([durations])
        noises = [node.output[0] for node in self._named(*_RANDOM)]
        prior_noise = _only("noise after the durations", [name for name in noises if name in timed])
        duration_noises = [name for name in noises if name in before]
        if len(duration_noises) > 1:
            raise NotVitsError("it draws noise for the durations in more than one place")

        latents, mean, log_sd = self._prior(prior_noise, timed)
        streamed = self._reached_from([latents])
        mask, frames = self._mask(streamed, timed)
        speaker, speaker_channels = self._speaker()
        return VitsTensors(
            mean=mean,
            log_sd=log_sd,
            durations=durations,
            duration_noise=duration_noises[0] if duration_noises else None,
            prior_noise=prior_noise,
            latents=latents,
            mask=mask,
            frames=frames,
            waveform=self._waveform(streamed),
            speaker=speaker,
            channels=self._convolved_channels(frames),
            speaker_channels=speaker_channels,
        )

    def _prior(self, noise: str, timed: set[str]) -> tuple[str, str, str]:
        """z_p, and what it is made from before that is repeated in time: mean and log sd."""
        log_sd, tensor = None, noise
        while True:
            node = _only("use of the prior's noise", self._readers(tensor))
            if node.op_type not in ("Mul", "Add"):
                raise NotVitsError(f"the prior's noise goes into {node.op_type}")
            other = node.input[1] if node.input[0] == tensor else node.input[0]
            if node.op_type == "Add":
                break
            if other in self._maker and self._maker[other].op_type == "Exp":
                log_sd = self._maker[other].input[0]
            tensor = node.output[0]
        if log_sd is None:
            raise NotVitsError("the prior's noise is not multiplied by exp(log sd)")
        return node.output[0], self._unrepeated(other, timed), self._unrepeated(log_sd, timed)

    def _unrepeated(self, tensor: str, timed: set[str]) -> str:
        """What is repeated for each phoneme's duration: [1, channels, P], behind Transpose, MatMul, Transpose."""
        node = self._maker.get(tensor)
        if node is not None and node.op_type == "Transpose":
            node = self._maker.get(node.input[0])
        if node is None or node.op_type != "MatMul":
            raise NotVitsError("mean and log sd are not repeated by a matrix of ones and zeros (MatMul)")
        repeated = _only("untimed operand of the repetition", [name for name in node.input if name not in timed])
        transposed = self._maker.get(repeated)
        if transposed is None or transposed.op_type != "Transpose":
            raise NotVitsError("mean and log sd are not transposed before they are repeated")
        found: str = transposed.input[0]
        return found

    def _mask(self, streamed: set[str], timed: set[str]) -> tuple[str, str]:
        """The mask of frames, and the decoder's input: what is masked last."""
        masks: dict[str, str] = {}
        for node in self._graph.nodes:
            if node.op_type == "Mul" and node.output[0] in streamed:
                masks.update({name: node.output[0] for name in node.input if name in timed and name not in streamed})
        if not masks:
            raise NotVitsError("its flow is not masked")
        mask = _only("mask of the flow", list(masks))
        return mask, masks[mask]

    def _speaker(self) -> tuple[str | None, int]:
        """The embedding of the speaker, and its channels."""
        if "sid" not in {spec.name for spec in self._graph.inputs}:
            return None, 0
        alone = self._reached_from(["sid"]) - self._reached_from(["input", "input_lengths", "scales"])
        conditions = {node.input[0] for node in self._named("Conv") if node.input[0] in alone}
        embedding = _only("embedding of the speaker", sorted(conditions))
        return embedding, self._convolved_channels(embedding)

    def _waveform(self, streamed: set[str]) -> str:
        """The sound before it is given other dimensions."""
        ends = [spec.name for spec in self._graph.outputs if spec.name in streamed]
        tensor = _only("output of sound", ends)
        while self._maker[tensor].op_type in _RENAMING:
            tensor = self._maker[tensor].input[0]
        return tensor

    def _convolved_channels(self, tensor: str) -> int:
        """The channels of a tensor that a convolution reads."""
        for node in self._readers(tensor):
            if node.op_type == "Conv" and node.input[1] in self._graph.constants:
                return int(self._graph.constants[node.input[1]].shape[1])
        raise NotVitsError("its decoder does not begin with a convolution")

    def _named(self, *operators: str) -> list[NodeProto]:
        return [node for node in self._graph.nodes if node.op_type in operators]

    def _readers(self, tensor: str) -> list[NodeProto]:
        return [node for node in self._graph.nodes if tensor in node.input]

    def _reached_from(self, tensors: Iterable[str]) -> set[str]:
        """All tensors that depend on one of these, and these."""
        reached = set(tensors)
        for node in self._graph.nodes:
            if reached.intersection(node.input):
                reached.update(node.output)
        return reached

    def _leading_to(self, tensors: Iterable[str]) -> set[str]:
        """All tensors that one of these depends on, and these."""
        leading = set(tensors)
        for node in reversed(self._graph.nodes):
            if leading.intersection(node.output):
                leading.update(node.input)
        return leading


def _only(what: str, found: list[_T]) -> _T:
    if len(found) != 1:
        raise NotVitsError(f"it has {len(found) or 'no'} {what}{'s' if len(found) > 1 else ''}, not one")
    return found[0]
