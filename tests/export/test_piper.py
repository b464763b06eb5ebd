"""`python -m export piper` makes any voice stream, proves it, and says in one sentence what it cannot use."""

import json
import zipfile
from io import StringIO
from pathlib import Path

import numpy as np
import onnx
import pytest

from export import cli as export_cli
from export import piper, vits_parity
from export.errors import ExportError
from export.piper import piper_voice
from export.piper_cli import FAILED, main
from export.piper_config import PiperConfig, read_config
from export.piper_files import find_piper_files
from export.vits_parity import SPEAKERS_MEASURED, UTTERANCES, measured_speakers, utterances_for
from server.engines.tts.acoustic import Utterance
from server.engines.tts.vits import load_vits
from server.engines.tts.vits_spec import SPEC_FILE, load_spec
from server.runtime.model_card import load_card, verify_files
from tests.export.tiny_vits import SYMBOLS, Shape, tiny_config, write_tiny_voice


def export(path: Path, output: Path, *more: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    code = main([str(path), "--output", str(output), *more], out=out, err=err)
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    "shape",
    [
        Shape(),
        Shape(speakers=3),
        Shape(resblock="1", rates=(2, 2, 2), kernels=(4, 4, 4), dilations=(1, 3)),
        Shape(has_duration_noise=False),
    ],
    ids=["medium", "many speakers", "high", "fixed durations"],
)
def test_a_voice_is_made_whole_and_speaks(shape: Shape, tmp_path: Path) -> None:
    code, out, err = export(write_tiny_voice(tmp_path / "in", shape), tmp_path / "models", "--licence", "CC0-1.0")
    assert code == 0, err
    assert out.startswith("Made piper-en-us-tiny-low (")
    card = load_card(tmp_path / "models" / "piper-en-us-tiny-low")
    verify_files(card)
    assert (card.sample_rate_hz, card.hop_samples, card.licence) == (8000, shape.hop_samples, "CC0-1.0")
    spec = load_spec(card)
    assert (spec.locale, spec.has_duration_noise) == ("en-US", shape.has_duration_noise)
    assert list(spec.speakers) == (["tiny"] if shape.speakers == 1 else ["person 0", "person 1", "person 2"])

    voice, provider = load_vits(card)
    assert provider == "CPUExecutionProvider"
    spoken = [
        np.concatenate(list(voice.render(Utterance("həlˈO wˈɜɹld.", name, 1.0), np.random.default_rng(0)).blocks))
        for name in spec.speakers
    ]
    assert all(np.isfinite(sound).all() and np.abs(sound).max() > 0 for sound in spoken)
    assert len({sound.tobytes() for sound in spoken}) == shape.speakers


def test_the_exports_command_line_knows_piper(tmp_path: Path) -> None:
    out = StringIO()
    path = write_tiny_voice(tmp_path / "in")
    assert export_cli.main(["piper", str(path), "--output", str(tmp_path / "models")], out=out, err=StringIO()) == 0
    assert out.getvalue().startswith("Made piper-en-us-tiny-low (")


def test_the_same_voice_gives_the_same_files(tmp_path: Path) -> None:
    path = write_tiny_voice(tmp_path / "in")
    for folder in ("once", "again"):
        assert export(path, tmp_path / folder)[0] == 0
    once, again = (load_card(tmp_path / folder / "piper-en-us-tiny-low").files for folder in ("once", "again"))
    assert once == again


def test_weights_are_on_the_disk_once_though_eight_graphs_use_them(tmp_path: Path) -> None:
    # Of a size at which weights are worth sharing.
    path = write_tiny_voice(tmp_path / "in", Shape(initial_channels=64))
    export(path, tmp_path / "models")
    folder = tmp_path / "models" / "piper-en-us-tiny-low"
    in_voice = sum(weight.ByteSize() for weight in onnx.load(path).graph.initializer if weight.ByteSize() > 1024)
    assert in_voice * 0.9 < (folder / "weights.bin").stat().st_size < in_voice * 1.3
    mid = onnx.load(folder / "decoder_mid.onnx", load_external_data=False)
    assert any(weight.data_location == onnx.TensorProto.EXTERNAL for weight in mid.graph.initializer)


def test_a_voice_that_does_not_sound_as_the_whole_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vits_parity, "LARGEST_DIFFERENCE", -1.0)
    code, _, err = export(write_tiny_voice(tmp_path / "in"), tmp_path / "models")
    assert code == FAILED
    assert "of full scale, so it was not kept" in err
    assert not (tmp_path / "models" / "piper-en-us-tiny-low").exists()


def test_a_voice_is_found_in_a_folder_and_in_a_wheel_with_the_texts_beside_it(tmp_path: Path) -> None:
    path = write_tiny_voice(tmp_path / "package" / "data")
    card = "# Model card\n\n* License: CC0\n"
    path.with_name("MODEL_CARD").write_text(card, encoding="utf-8")
    wheel = tmp_path / "voice-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as opened:
        for file in (tmp_path / "package").rglob("*"):
            opened.write(file, file.relative_to(tmp_path))
    for where in (path, tmp_path / "package", wheel):
        files = find_piper_files(where)
        assert (files.stem, files.graph) == ("en_US-tiny-low", path.read_bytes())
        assert files.texts == {"MODEL_CARD": card.encode()}
        assert piper_voice(files).licence == "CC0 (as its model card says)"


def test_files_that_are_no_voice_are_refused_in_one_sentence(tmp_path: Path) -> None:
    path = write_tiny_voice(tmp_path / "two")
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.whl").write_bytes(b"no package")
    cases = {tmp_path / "empty": "There is no .onnx file in empty.", tmp_path / "broken.whl": "is damaged"}
    cases[tmp_path / "none.onnx"] = "a piper voice is an .onnx with its .onnx.json"
    cases[tmp_path / "none.whl"] = "There is no"
    (tmp_path / "other.onnx").write_bytes(b"no graph")
    (tmp_path / "other.onnx.json").write_text(json.dumps(tiny_config()), encoding="utf-8")
    cases[tmp_path / "other.onnx"] = "not an ONNX model"
    write_tiny_voice(tmp_path / "two", stem="another")
    cases[tmp_path / "two"] = "There are 2 .onnx files in two; name one of them: another.onnx, en_US-tiny-low.onnx."
    path.with_name("another.onnx.json").write_text("[]", encoding="utf-8")
    cases[tmp_path / "two" / "another.onnx"] = "another.onnx.json is not the configuration of a piper voice"
    for where, expected in cases.items():
        code, out, err = export(where, tmp_path / "models")
        assert (code, out) == (FAILED, "")
        assert expected in err
        assert err.count("\n") == 1 or err.startswith("Cutting")


def test_names_are_made_of_what_a_folder_may_be_called(tmp_path: Path) -> None:
    files = find_piper_files(write_tiny_voice(tmp_path, stem="en_GB-Älan (new)-low"))
    assert piper_voice(files).name == "piper-en-gb-lan-new-low"
    assert piper_voice(files, name="alan").name == "alan"
    for bad in ("../alan", "Alan", "a lan", ".hidden"):
        with pytest.raises(ExportError, match="cannot be called"):
            piper_voice(files, name=bad)


def config(**changes: object) -> PiperConfig:
    return read_config(json.dumps(tiny_config(**changes)).encode(), "x.onnx.json")


def test_the_locale_is_read_from_the_language_or_from_espeaks_voice() -> None:
    assert config().locale == "en-US"
    assert config(language={"code": "de_DE"}).locale == "de-DE"
    voices = {"en-us": "en-US", "en-gb-x-rp": "en-GB", "en-gb": "en-GB", "de": "de", "pt-br": "pt-BR", "": "und"}
    for voice, locale in voices.items():
        assert config(language={}, espeak={"voice": voice}).locale == locale


def test_speakers_are_in_the_order_of_their_ids_and_all_of_them_there() -> None:
    many = config(num_speakers=3, speaker_id_map={"zoe": 0, "adam": 2})
    assert many.speakers("x") == {"zoe": 0, "speaker_1": 1, "adam": 2}
    assert config().speakers("joe") == {"joe": 0}


def test_a_dozen_speakers_of_many_are_measured() -> None:
    assert measured_speakers(["a", "b"]) == ["a", "b"]
    names = [f"speaker {number}" for number in range(904)]
    assert SPEAKERS_MEASURED // 2 < len(measured_speakers(names)) <= SPEAKERS_MEASURED
    assert measured_speakers(names)[0] == names[0]


def test_the_file_of_a_voice_says_what_it_is_made_of(tmp_path: Path) -> None:
    export(write_tiny_voice(tmp_path / "in"), tmp_path / "models", "--name", "tiny")
    written = json.loads((tmp_path / "models" / "tiny" / SPEC_FILE).read_text())
    assert written["noise_scale"] == 0.6
    assert written["decoder"]["mid_frames"] == piper._MID_DECODED_FRAMES
    assert -20 <= written["speakers"]["tiny"]["gain_db"] <= 20


def test_a_voice_that_needs_espeak_is_made_and_what_it_needs_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piper.espeak, "is_installed", lambda: False)
    path = write_tiny_voice(tmp_path / "in", language={"code": "de_DE"}, espeak={"voice": "de"})
    code, out, _ = export(path, tmp_path / "models", "--name", "thorsten")
    assert code == 0
    assert "The voice thorsten speaks de-DE, whose phonemes espeak-ng makes: install it with `make espeak`" in out
    assert "GPL-3.0-or-later" in out
    assert "in the menu" not in out


@pytest.mark.espeak
def test_with_espeak_a_voice_of_another_language_is_in_the_menu_next(tmp_path: Path) -> None:
    path = write_tiny_voice(tmp_path / "in", language={"code": "de_DE"}, espeak={"voice": "de"})
    code, out, _ = export(path, tmp_path / "models", "--name", "thorsten")
    assert code == 0
    assert out.endswith("It is in the menu when the server starts next.\n")


def test_phonemes_that_nobody_here_makes_are_refused_by_their_kind(tmp_path: Path) -> None:
    code, out, err = export(write_tiny_voice(tmp_path / "in", phoneme_type="pinyin"), tmp_path / "models")
    assert (code, out) == (FAILED, "")
    assert "reads phonemes of the kind `pinyin`, which cannot be made here" in err


def test_a_voice_of_letters_is_tried_with_its_letters() -> None:
    assert utterances_for({symbol: (0,) for symbol in SYMBOLS}) is UTTERANCES
    cyrillic = utterances_for({symbol: (0,) for symbol in "_^$ .абвгд"})
    assert cyrillic[0] == "абвгд"
    assert set(cyrillic[-1]) == set(" абвгд")
    assert len(cyrillic[-1]) == pytest.approx(len(UTTERANCES[-1]), abs=6)
    assert utterances_for({"_": (0,)}) is UTTERANCES
