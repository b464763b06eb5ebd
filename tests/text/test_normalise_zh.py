"""Digits and signs in Mandarin text, spelled out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.aligned import Aligned
from server.text.normalise_zh import PLACEHOLDER, normalise_mandarin


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("2024年3月14日", "二零二四年三月十四日"),
        ("2024-05-06", "二零二四年五月六日"),
        ("98年3月", "九八年三月"),
        ("90年代", "九十年代"),
        ("2000年前", "两千年前"),
        ("2019-2024年", "二零一九到二零二四年"),
        ("8:30", "八点三十分"),
        ("2:05", "两点零五分"),
        ("9:00", "九点"),
        ("8:30:15", "八点三十分十五秒"),
        ("8:30-10:00", "八点三十分到十点"),
        ("20%", "百分之二十"),
        ("12.5%", "百分之十二点五"),
        ("10%-20%", "百分之十到百分之二十"),
        ("10-20%", "百分之十到百分之二十"),
        ("100%", "百分之百"),
        ("3‰", "千分之三"),
        ("￥128.50", "一百二十八点五元"),
        ("￥2", "两元"),
        ("$3.5亿", "三点五亿美元"),
        ("￥100元", "一百元"),
        ("-5℃", "零下五摄氏度"),
        ("-5到3度", "负五到三度"),
        ("得了-3分", "得了负三分"),
        ("13812345678", "幺三八幺二三四五六七八"),
        ("010-12345678", "零幺零，幺二三四五六七八"),
        ("123456789", "一二三四五六七八九"),
        ("1000000000", "十亿"),
        ("007", "零零七"),
        ("3.14", "三点一四"),
        ("1,234,567", "一百二十三万四千五百六十七"),
        ("1.2.3", "一点二点三"),
        ("3-5个", "三到五个"),
        ("1/2", "二分之一"),
        ("3:2", "三比二"),
        ("3+5=8", "三加五等于八"),
        ("5km", "五公里"),
        ("3.5 kg", "三点五公斤"),
        ("10㎡", "十平方米"),
        ("2个", "两个"),
        ("12个", "十二个"),
        ("2月2日", "二月二日"),
        ("第2个", "第二个"),
        ("20000", "两万"),
        ("200", "二百"),
        ("302路", "三零二路"),
        (f"{PLACEHOLDER}-4", f"{PLACEHOLDER}-四"),
        ("没有数字，也没有符号", "没有数字，也没有符号"),
    ],
)
def test_numbers_are_spelled_as_a_reader_says_them(text: str, spoken: str) -> None:
    assert normalise_mandarin(Aligned.original(text)).text == spoken


@given(st.text(alphabet="0123456789.,:：/-~%‰￥$℃年月日点分个到第负km +=", max_size=60))
def test_no_digit_is_left_whatever_the_text(text: str) -> None:
    assert not any(character.isdigit() for character in normalise_mandarin(Aligned.original(text)).text)
