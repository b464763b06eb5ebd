"""Readings of Mandarin text: polyphones by their words and their neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.aligned import Aligned
from server.text.mandarin import han_phonemes, mandarin_syllables


def _pinyin(text: str) -> str:
    return " ".join(syllable for word in mandarin_syllables(text) for syllable in word)


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("银行行长", "yin2 hang2 hang2 zhang3"),
        ("在街上行走", "zai4 jie1 shang4 xing2 zou3"),
        ("孩子长大了", "hai2 zi5 zhang3 da4 le5"),
        ("头发很长", "tou2 fa4 hen3 chang2"),
        ("多长时间", "duo1 chang2 shi2 jian1"),
        ("最长的河", "zui4 chang2 de5 he2"),
        ("花长得很快", "hua1 zhang3 de5 hen3 kuai4"),
        ("校长走了", "xiao4 zhang3 zou3 le5"),
        ("重新开始很重要", "chong2 xin1 kai1 shi3 hen3 zhong4 yao4"),
        ("音乐很快乐", "yin1 yue4 hen3 kuai4 le4"),
        ("他还没还钱", "ta1 hai2 mei2 huan2 qian2"),
        ("我得走了", "wo3 dei3 zou3 le5"),
        ("跑得很快", "pao3 de5 hen3 kuai4"),
        ("他得了病", "ta1 de2 le5 bing4"),
        ("慢慢地走", "man4 man4 de5 zou3"),
        ("飞快地跑", "fei1 kuai4 de5 pao3"),
        ("这块地很大", "zhe4 kuai4 di4 hen3 da4"),
        ("一张地图", "yi1 zhang1 di4 tu2"),
        ("在地上跑", "zai4 di4 shang4 pao3"),
        ("种了一棵树", "zhong4 le5 yi1 ke1 shu4"),
        ("两种办法", "liang3 zhong3 ban4 fa3"),
        ("三十五只羊", "san1 shi2 wu3 zhi1 yang2"),
        ("走不了", "zou3 bu4 liao3"),
        ("不得了", "bu4 de2 liao3"),
        ("一行字", "yi1 hang2 zi4"),
        ("我教你", "wo3 jiao1 ni3"),
        ("职业教育", "zhi2 ye4 jiao4 yu4"),
        ("睡着了", "shui4 zhao2 le5"),
        ("首都都是人", "shou3 du1 dou1 shi4 ren2"),
        ("会计开会", "kuai4 ji4 kai1 hui4"),
        ("大夫", "dai4 fu5"),
    ],
)
def test_polyphones_are_read_by_what_stands_around_them(text: str, pinyin: str) -> None:
    assert _pinyin(text) == pinyin


@pytest.mark.parametrize(
    ("text", "phonemes"),
    [  # what the front end says that the voices were trained with
        ("我们明天去北京", "wo↓mən mi↗ŋtʰjɛ→n ʨʰy↘ pei↓ʨi→ŋ"),
        ("花园里的草莓", "xwa→ɥɛ↗nli↓ tɤ ʦʰau↓mei↗"),
        ("一个不是", "i↗kɤ↘ pu↗ʂɨ↘"),
    ],
)
def test_ordinary_text_has_the_phonemes_the_voices_know(text: str, phonemes: str) -> None:
    assert han_phonemes(Aligned.original(text)).text == phonemes


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40))
def test_every_run_of_han_characters_has_one_reading_for_each_word(text: str) -> None:
    words = list(mandarin_syllables(text))
    assert sum(map(len, words)) <= len(text)
    assert all(words)
    assert isinstance(han_phonemes(Aligned.original(text)).text, str)


def test_a_character_that_nobody_can_read_is_silent() -> None:
    assert han_phonemes(Aligned.original("\U0003134a")).text == ""
