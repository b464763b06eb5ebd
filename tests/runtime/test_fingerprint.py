"""The fingerprint changes with whatever may change the bytes of the sound, and with nothing else."""

from pathlib import Path

import pytest

from server.runtime.cpu import cpu_features, features_of, may_overflow_in_int8
from server.runtime.fingerprint import fingerprint
from server.runtime.model_card import FileSpec, ModelCard

X86 = "processor\t: 0\nflags\t\t: fpu vmx avx2 fma sse4_2 md_clear\nbugs\t\t: spectre\n\nflags\t\t: avx2\n"
ARM = "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd asimddp\nCPU part\t: 0xd0c\n"


def card(name: str, sha256_digit: str) -> ModelCard:
    return ModelCard(
        name=name,
        title=name,
        licence="CC0-1.0",
        attribution="nobody",
        sample_rate_hz=24_000,
        hop_samples=300,
        max_phonemes=10,
        vocabulary={},
        graphs={},
        sources=(),
        files={"model.onnx": FileSpec(size_bytes=1, sha256=sha256_digit * 64)},
    )


BASE = {
    "cards": [card("alto", "a"), card("bass", "b")],
    "provider": "CPUExecutionProvider",
    "cpu_features": ("x86_64", "avx2"),
    "versions": {"onnxruntime": "1.31.1", "numpy": "2.4.6"},
}


def test_it_is_sixteen_digits_and_stays_the_same_from_version_to_version() -> None:
    assert fingerprint(**BASE) == "71ae95f4ab096d49"


def test_neither_order_nor_folder_matters() -> None:
    cards = [card("bass", "b"), card("alto", "a").model_copy(update={"folder": Path("/elsewhere")})]
    versions = dict(reversed(BASE["versions"].items()))
    assert fingerprint(**{**BASE, "cards": cards, "versions": versions}) == fingerprint(**BASE)


@pytest.mark.parametrize(
    "change",
    [
        {"cards": [card("alto", "a")]},
        {"cards": [card("alto", "a"), card("bass", "c")]},
        {"provider": "CUDAExecutionProvider"},
        {"cpu_features": ("x86_64", "avx2", "avx512f")},
        {"versions": {"onnxruntime": "1.32.0", "numpy": "2.4.6"}},
    ],
)
def test_whatever_decides_the_bytes_changes_it(change: dict[str, object]) -> None:
    assert fingerprint(**{**BASE, **change}) != fingerprint(**BASE)


def test_x86_tells_its_vector_extensions_and_nothing_of_mitigations() -> None:
    assert features_of("x86_64", X86) == ("x86_64", "avx2", "fma", "sse4_2")


def test_arm_tells_its_features() -> None:
    assert features_of("aarch64", ARM) == ("aarch64", "asimd", "asimddp", "fp")


def test_a_processor_that_tells_nothing_still_has_an_architecture() -> None:
    assert features_of("riscv64", "hart\t: 0\n") == ("riscv64",)


def test_this_machine_says_the_same_twice() -> None:
    assert cpu_features() == cpu_features()
    assert cpu_features()[0]


@pytest.mark.parametrize(
    ("features", "may_overflow"),
    [
        (("x86_64", "avx2", "fma"), True),
        (("AMD64",), True),
        (("x86_64", "avx2", "avx512_vnni", "fma"), False),
        (("x86_64", "avx_vnni"), False),
        (("aarch64", "asimddp"), False),
        (("arm64", "Apple M1"), False),
    ],
)
def test_only_x86_without_vnni_may_overflow_in_int8(features: tuple[str, ...], may_overflow: bool) -> None:
    assert may_overflow_in_int8(features) is may_overflow
