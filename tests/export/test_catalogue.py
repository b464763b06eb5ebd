"""What is pinned, what is promised and what is written about it agree."""

import re
from pathlib import Path

from export.catalogue import RECIPES
from export.kokoro import TENSOR_OF, VOICES
from export.manifest import MANIFEST_FILE, read_manifest
from server.runtime.model_card import CARD_FILE

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = list(dict.fromkeys(package for recipe in RECIPES for package in recipe.packages))


def test_the_manifest_names_every_model_and_no_other() -> None:
    assert set(read_manifest(MANIFEST_FILE)) == {recipe.name for recipe in RECIPES}


def test_every_model_has_a_card_and_one_of_others_a_licence_and_a_notice() -> None:
    manifest = read_manifest(MANIFEST_FILE)
    for recipe in RECIPES:
        # What is made of the repository alone stands under the repository's own.
        wanted = {CARD_FILE, "LICENSE", "NOTICE"} if recipe.packages else {CARD_FILE}
        assert wanted <= set(manifest[recipe.name])


def test_the_manifest_names_every_kokoro_voice() -> None:
    files = read_manifest(MANIFEST_FILE)["kokoro"]
    assert {file for file in files if file.startswith("voices/")} == {f"voices/{voice}.bin" for voice in VOICES}


def test_kokoro_speaks_english_and_mandarin_and_the_misheard_voice_is_out() -> None:
    assert sum(voice[0] in "ab" for voice in VOICES) >= 8
    assert sum(voice[0] == "z" for voice in VOICES) == 7
    assert "zf_xiaoni" not in VOICES
    assert len(set(VOICES)) == len(VOICES)


def test_the_names_at_the_cut_are_distinct() -> None:
    assert len(set(TENSOR_OF.values())) == len(TENSOR_OF)


def test_every_package_is_pinned_whole() -> None:
    for package in PACKAGES:
        assert re.fullmatch(r"[0-9a-f]{64}", package.sha256)
        assert package.version in package.filename
        assert package.is_wheel == package.filename.endswith(".whl")


def test_the_models_page_names_every_package_model_and_voice() -> None:
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    for package in PACKAGES:
        row = next(line for line in page.splitlines() if f"`{package.filename}`" in line)
        assert package.sha256 in row
        assert f"{package.size_bytes / 1e6:.1f} MB" in row
        assert package.licence in row
    manifest = read_manifest(MANIFEST_FILE)
    for recipe in RECIPES:
        assert f"`{recipe.name}`" in page
        for file, sha256 in manifest[recipe.name].items():
            assert any(f"`{file}`" in line and sha256 in line for line in page.splitlines()), file
