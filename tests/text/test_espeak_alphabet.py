"""English in Kokoro's alphabet comes out as espeak-ng writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.espeak_alphabet import LETTERS, espeak_sounds

_PHONEMES = "bdfhjklmnpstvwzɡŋɹʃʒðθʤʧəiuɑɔɛɜɪʊʌæɐɒaAIWYOQᵊᵻTɾː ˈˌ.,!?:;—…“”()"


def written(phonemes: str, *, british: bool = False) -> str:
    return "".join(sound.symbols for sound in espeak_sounds(phonemes, british=british))


@pytest.mark.parametrize(
    ("kokoro", "espeak"),
    [
        ("tɹˈAn lˈIt hˈOm nˈW bˈY", "tɹˈeɪn lˈaɪt hˈoʊm nˈaʊ bˈɔɪ"),
        ("ʧˈɜɹʧ ʤˈʌʤ", "tʃˈɜːtʃ dʒˈʌdʒ"),
        ("fˈɜɹi nˈɜɹs", "fˈɜːɹi nˈɜːs"),
        ("wˈɔTəɹ, mˈɛməɹi", "wˈɔːɾɚ, mˈɛmɚɹi"),
        ("plˈɛʒəɹ ʌv", "plˈɛʒɚɹ ʌv"),
        ("sˈi hˈæpi bˈiz", "sˈiː hˈæpi bˈiːz"),
        ("hi wɪl bi", "hiː wɪl biː"),
        ("Idˈiə ɹˈiᵊli", "aɪdˈiə ɹˈiəli"),
        ("mjˈuzɪk kˈɑɹ lˈɔ", "mjˈuːzɪk kˈɑːɹ lˈɔː"),
        ("lˈɔŋ klˈɔθ ˌɔn dˈɔn", "lˈɔŋ klˈɔθ ˌɔn dˈɔːn"),
        ("əɡˈɛn ðə sˈɛkənd", "ɐɡˈɛn ðə sˈɛkənd"),
        ("ɹˈOzᵻz bˈɑTᵊl", "ɹˈoʊzᵻz bˈɑːɾəl"),
        ("“jˈɛs…” (nˈO) — sˌO", "jˈɛs. nˈoʊ , sˌoʊ"),
    ],
)
def test_american_english(kokoro: str, espeak: str) -> None:
    assert written(kokoro) == espeak


@pytest.mark.parametrize(
    ("kokoro", "espeak"),
    [
        ("hˈQm lˈɑːst", "hˈəʊm lˈɑːst"),
        ("hˈɪə ðˈɛː", "hˈiə ðˈeə"),
        ("bˈɜːd fˈɔː nˈɒt hˈapi", "bˈɜːd fˈɔː nˈɒt hˈæpi"),
        ("mˈɛməɹi", "mˈɛməɹi"),
        ("sˈiː tuː", "sˈiː tuː"),
    ],
)
def test_british_english(kokoro: str, espeak: str) -> None:
    assert written(kokoro, british=True) == espeak


@given(st.text(_PHONEMES, max_size=40), st.booleans())
def test_whatever_is_written_is_of_espeaks_letters_stresses_and_signs(phonemes: str, british: bool) -> None:
    assert set(written(phonemes, british=british)) <= LETTERS | set(" ˈˌ.,!?:;")


@given(st.text(_PHONEMES, max_size=40), st.booleans())
def test_every_sound_knows_the_phoneme_it_comes_from(phonemes: str, british: bool) -> None:
    places = [sound.place for sound in espeak_sounds(phonemes, british=british)]
    assert places == sorted(set(places))
    assert all(0 <= place < len(phonemes) for place in places)
