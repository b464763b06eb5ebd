"""SSML to scripts: what people write, and what becomes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.audio.prosody import Prosody
from server.engines.tts.emotions import find_style
from server.errors import InvalidSsmlError
from server.text.aligned import Span
from server.text.manner import Manner
from server.text.script import Script, Stretch
from server.text.ssml.script import Vocabulary, parse_ssml

VOCABULARY = Vocabulary(
    find_voice={"bella": "af_bella", "yunxi": "zm_yunxi"}.get,
    voice_for=lambda language, gender: {"zh": "zf_xiaobei"}.get(language.split("-")[0]),
    find_style=find_style,
)


def parsed(inside: str) -> Script:
    return parse_ssml(f'<speak version="1.1" xmlns:mstts="http://www.w3.org/2001/mstts">{inside}</speak>', VOCABULARY)


def only(inside: str) -> Stretch:
    (stretch,) = parsed(inside)
    return stretch


def texts(script: Script) -> list[str]:
    return [stretch.text.text for stretch in script]


def test_every_character_knows_its_place_in_the_document() -> None:
    document = "<speak>A &amp; <emphasis>b</emphasis> 好的</speak>"
    (stretch,) = parse_ssml(document, VOCABULARY)
    assert stretch.text.text == "A & b 好的"
    places = [document[span.start : span.end] for span in stretch.text.spans]
    assert places == ["A", " ", "&amp;", " ", "b", " ", "好", "的"]


def test_a_break_parts_what_is_said_by_as_much_as_was_asked() -> None:
    script = parsed('One<break time="250ms"/>two <break strength="strong"/> three.')
    assert [text.strip() for text in texts(script)] == ["One", "two", "three."]
    assert [stretch.pause_s for stretch in script] == [0.25, 0.75, None]


def test_breaks_in_a_row_are_as_long_as_the_longest() -> None:
    script = parsed('One<break time="250ms"/> <break time="2s"/>two')
    assert [stretch.pause_s for stretch in script] == [2.0, None]


def test_sentences_and_paragraphs_end_where_they_end() -> None:
    script = parsed("<p><s>One</s><s>Two</s></p><p>Three</p>")
    assert texts(script) == ["One", "Two", "Three"]
    assert [stretch.pause_s for stretch in script] == [0.35, 0.6, 0.6]


def test_indented_documents_are_read_as_one_line() -> None:
    assert texts(parsed("\n   One\n   two  \n")) == [" One two "]


@pytest.mark.parametrize(
    ("attributes", "manner"),
    [
        ('rate="slow"', Manner(rate=0.75)),
        ('rate="80%"', Manner(rate=0.8)),
        ('rate="+20%"', Manner(rate=1.2)),
        ('rate="-20%"', Manner(rate=0.8)),
        ('rate="1.5"', Manner(rate=1.5)),
        ('rate="900%"', Manner(rate=4.0)),
    ],
)
def test_a_rate_is_of_the_whole_clause(attributes: str, manner: Manner) -> None:
    before, inside, after = parsed(f"One <prosody {attributes}>two</prosody> three")
    assert inside.delivery.manner.rate == pytest.approx(manner.rate)
    assert before.delivery.manner.rate == after.delivery.manner.rate == 1.0
    assert before.pause_s == inside.pause_s == 0.0


@pytest.mark.parametrize(
    ("attributes", "manner"),
    [
        ('pitch="high"', Manner(Prosody(pitch=1.15))),
        ('pitch="+12st"', Manner(Prosody(pitch=2.0))),
        ('pitch="-10%"', Manner(Prosody(pitch=0.9))),
        ('pitch="180Hz"', Manner(Prosody(middle_hz=180.0))),
        ('pitch="+20Hz"', Manner(Prosody(shift_hz=20.0))),
        ('range="low"', Manner(Prosody(pitch_range=0.6))),
        ('volume="+6dB"', Manner(volume_db=6.0)),
        ('volume="soft"', Manner(volume_db=-6.0)),
        ('volume="+90dB"', Manner(volume_db=12.0)),
    ],
)
def test_pitch_range_and_volume_change_inside_a_clause(attributes: str, manner: Manner) -> None:
    stretch = only(f"One <prosody {attributes}>two</prosody> three")
    ((span, varied),) = stretch.delivery.variations
    assert varied.prosody == manner.prosody
    assert varied.volume_db == pytest.approx(manner.volume_db)
    assert stretch.text.text == "One two three"
    assert span.end - span.start == 3


def test_emphasis_adds_up_with_what_is_around_it() -> None:
    stretch = only('<prosody volume="+2dB"><emphasis level="strong">now</emphasis></prosody>')
    ((_, manner),) = stretch.delivery.variations
    assert manner.volume_db == pytest.approx(5.0)
    assert manner.prosody.pitch > 1


def test_substitutes_are_read_and_count_as_what_they_stand_for() -> None:
    stretch = only('The <sub alias="World Wide Web Consortium">W3C</sub>.')
    assert stretch.text.text == "The World Wide Web Consortium."
    start = stretch.text.text.index("World")
    assert stretch.text.span(start, start + 25) == stretch.text.span(start, start + 1)


@pytest.mark.parametrize(
    ("kind", "inside", "spoken"),
    [
        ("characters", "abc", "A. B. C."),
        ("digits", "2024", "2 0 2 4"),
        ("digits", "二0二4", "零四"),
        ("ordinal", "3", "3rd"),
        ("ordinal", "11", "11th"),
        ("cardinal", "12 345", "12345"),
        ("telephone", "+1 555-0100", "1, 5 5 5, 0 1 0 0"),
        ('date" format="dmy', "5/6/2024", "June 5th, 2024"),
        ('date" format="md', "12-25", "December 25th"),
        ("currency", "USD 25", "$25"),
        ("currency", "25 EUR", "€25"),
        ("name", "O'Neil", "O'Neil"),
    ],
)
def test_say_as_tells_how_figures_are_read(kind: str, inside: str, spoken: str) -> None:
    assert only(f'<say-as interpret-as="{kind}">{inside}</say-as>').text.text == spoken


@pytest.mark.parametrize(
    ("attributes", "phonemes"),
    [
        ('alphabet="ipa" ph="təˈmeɪ.toʊ"', "təˈmAtO"),
        ('ph="dʒʌdʒ"', "ʤʌʤ"),
        ('alphabet="pinyin" ph="xing2 qi1"', "ɕi↗ŋʨʰi→"),
    ],
)
def test_phonemes_are_given_for_their_stretch(attributes: str, phonemes: str) -> None:
    stretch = only(f"Say <phoneme {attributes}>this</phoneme>.")
    assert list(stretch.delivery.given.values()) == [phonemes]
    assert stretch.text.text == "Say this."


def test_marks_are_places() -> None:
    document = '<speak>One <mark name="here"/>two</speak>'
    (stretch,) = parse_ssml(document, VOCABULARY)
    assert stretch.delivery.marks == ((document.index("<mark"), "here"),)


def test_voices_and_languages_part_stretches() -> None:
    script = parsed(
        'Hi. <voice name="bella">Hello.</voice> <lang xml:lang="zh-CN">12</lang><voice xml:lang="zh">好</voice>'
    )
    assert [(stretch.delivery.voice, stretch.language) for stretch in script] == [
        (None, None),
        ("af_bella", None),
        (None, "zh"),
        ("zf_xiaobei", "zh"),
    ]


def test_styles_are_emotions_by_degree() -> None:
    weak, strong = parsed(
        '<mstts:express-as style="cheerful">A.</mstts:express-as>'
        '<mstts:express-as style="cheerful" styledegree="2">B.</mstts:express-as>'
    )
    assert 1 < weak.delivery.manner.prosody.pitch < strong.delivery.manner.prosody.pitch


def test_a_recording_is_never_fetched_but_what_stands_for_it_is_said() -> None:
    assert only('<audio src="http://127.0.0.1:1/a.wav"><desc>x</desc>A dog barks.</audio>').text.text == "A dog barks."


@pytest.mark.parametrize(
    ("document", "where", "expected"),
    [
        ("", "line 1, column 1", "`<speak>`"),
        ("hello", "line 1, column 1", "well-formed"),
        ("<p>hello</p>", "line 1, column 1", "`<speak>`"),
        ("<speak>\n  <p>hello</speak>", "line 2, column 13", "`</p>`"),
        ("<speak>\n<p>hello", "line 2, column 9", "`</p>`"),
        ("<speak>a < b</speak>", "line 1, column 11", "`&lt;`"),
        ("<speak>&copy;</speak>", "line 1, column 8", "`&amp;`"),
        ("<speak><blink>a</blink></speak>", "line 1, column 8", "`prosody`"),
        ('<speak><break time="long"/></speak>', "line 1, column 8", "`500ms`"),
        ('<speak><break strength="huge"/></speak>', "line 1, column 8", "`x-weak`"),
        ('<speak><prosody pitch="up">a</prosody></speak>', "line 1, column 8", "`+2st`"),
        ('<speak><prosody rate="-200%">a</prosody></speak>', "line 1, column 8", "`slow`"),
        ('<speak><voice name="nobody">a</voice></speak>', "line 1, column 8", "voices"),
        ("<speak><sub>a</sub></speak>", "line 1, column 8", "`alias`"),
        ('<speak><say-as interpret-as="x">a</say-as></speak>', "line 1, column 8", "interpret-as"),
        ('<speak><phoneme ph="!!">a</phoneme></speak>', "line 1, column 8", "phonemes"),
        ('<speak><emphasis level="10">a</emphasis></speak>', "line 1, column 8", "`strong`"),
        ('<speak xml:lang="!">a</speak>', "line 1, column 1", "`en-US`"),
        ("<speak><m:x/></speak>", "line 1, column 8", "namespace"),
        ("<speak>a</speak><speak>b</speak>", "line 1, column 17", "nothing after"),
        ('<!DOCTYPE speak [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><speak>&b;</speak>', "line 1", "document type"),
        ("<speak>" + "<p>" * 40 + "a" + "</p>" * 40 + "</speak>", "line 1", "deep"),
        ("<speak>" + "<p/>" * 5000 + "</speak>", "line 1", "elements"),
        (f'<speak><mark name="{"a" * 2000}"/></speak>', "line 1", "characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_what_was_expected(document: str, where: str, expected: str) -> None:
    with pytest.raises(InvalidSsmlError) as caught:
        parse_ssml(document, VOCABULARY)
    assert where in caught.value.message
    assert expected in caught.value.message


PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<break/>",
        "a",
        "&amp;",
        "&",
        "<",
        "好",
        "<s>",
        "</s>",
        '<prosody rate="2">',
        "</prosody>",
        "]]>",
        "\r\n",
    ]
)


@given(st.lists(PIECES, max_size=12))
def test_anything_is_a_script_or_an_error_of_ours(pieces: list[str]) -> None:
    document = "<speak>" + "".join(pieces) + "</speak>"
    try:
        script = parse_ssml(document, VOCABULARY)
    except InvalidSsmlError:
        return
    for stretch in script:
        assert all(Span(0, 0) != span and span.end <= len(document) for span in stretch.text.spans)
        starts = [span.start for span in stretch.text.spans]
        assert starts == sorted(starts)
