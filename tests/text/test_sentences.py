"""Where sentences end."""

import pytest

from server.text.sentences import End, Sentence, first_sentence


def _first(text: str, column: int = 0) -> tuple[str, End]:
    sentence = first_sentence(text, column=column, is_whole=True)
    return text[: sentence.length], sentence.end


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One. Two.", "One."),
        ("Really? Yes.", "Really?"),
        ("Stop! Now.", "Stop!"),
        ("What?! No.", "What?!"),
        ("Dr. Smith came. He left.", "Dr. Smith came."),
        ("J. K. Rowling wrote it. I read it.", "J. K. Rowling wrote it."),
        ("Pi is 3.14 or so. Yes.", "Pi is 3.14 or so."),
        ("In the U.S. Army he served. Then not.", "In the U.S. Army he served."),
        ("He lives in the U.S. She does not.", "He lives in the U.S."),
        ("Fruit, e.g. apples. More.", "Fruit, e.g. apples."),
        ("Pens, ink, etc. are here. More.", "Pens, ink, etc. are here."),
        ("Pens, ink, etc. The rest is there.", "Pens, ink, etc."),
        ("It was 5 p.m. The sun was low.", "It was 5 p.m."),
        ("See No. 5 there. Good.", "See No. 5 there."),
        ("He said no. Then he left.", "He said no."),
        ("1. First item. Second.", "1. First item."),
        ("So do I. But not now.", "So do I."),
        ("He sat in the sun. Kids played.", "He sat in the sun."),
        ("“Stop!” he said. Then.", "“Stop!” he said."),
        ('He said "stop." Then he left.', 'He said "stop."'),
        ("(It was late.) They left.", "(It was late.)"),
        ("Wait... what? Yes.", "Wait... what?"),
        ("He left... Then he came.", "He left..."),
        ("Visit example.com today. Now.", "Visit example.com today."),
        ("Is a?b=c an address? Yes.", "Is a?b=c an address?"),
        ("Great! 😀 Next one.", "Great! 😀"),
        ("... and so on. Next.", "... and so on."),
        ("你好。再见。", "你好。"),
        ("你好！再见。", "你好！"),
        ("真的吗?是的.", "真的吗?"),
        ("“我们走吧！”他说。好。", "“我们走吧！”他说。"),
        ("「好。」她走了。", "「好。」"),
        ("我……我不知道。好。", "我……我不知道。"),
        ("版本3.5很好。好。", "版本3.5很好。"),
    ],
)
def test_a_sentence_ends_at_its_stop_and_at_nothing_that_looks_like_one(text: str, sentence: str) -> None:
    assert _first(text) == (sentence, End.SENTENCE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("A title\nThe text.", "A title"),
        ("One.\n\nTwo.", "One."),
        ("One.\r\nTwo.", "One."),
        ("第一段\n第二段", "第一段"),
        ("milk\neggs", "milk"),
        ("One\u2029two", "One"),
    ],
)
def test_a_line_break_ends_a_paragraph(text: str, sentence: str) -> None:
    assert _first(text) == (sentence, End.PARAGRAPH)


def test_a_line_that_was_broken_to_fit_the_page_goes_on() -> None:
    text = "It was the best of times, it was the worst of times, it was\nthe age of wisdom. It was more.\n"
    assert _first(text) == (text.partition(" It was more")[0], End.SENTENCE)
    assert _first("the worst of times\nthe age of wisdom. It", column=40) == (
        "the worst of times\nthe age of wisdom.",
        End.SENTENCE,
    )
    assert _first("the worst of times\n\nthe age of wisdom. It", column=40) == ("the worst of times", End.PARAGRAPH)


@pytest.mark.parametrize(
    "text", ["One", "One.", "One. ", "One.”", "你好。", "Dr. ", "Pens etc. A", "“好！”他笑着", f"{'so ' * 20}it was.\n"]
)
def test_an_end_is_not_told_before_what_comes_next_is_seen(text: str) -> None:
    assert first_sentence(text, column=0, is_whole=False).end is End.COMING


@pytest.mark.parametrize("text", ["One.\n", "One\n", "One.\n\n", f"{'so ' * 20}it was.\n\n", "你好。\n", "好\r\n"])
def test_a_paragraph_has_ended_with_its_line(text: str) -> None:
    assert first_sentence(text, column=0, is_whole=False) == Sentence(len(text.rstrip()), End.PARAGRAPH)


def test_text_that_just_stops_has_no_end_to_be_seen() -> None:
    assert first_sentence("Hello there ", column=0, is_whole=True) == Sentence(11, End.UNSEEN)


@pytest.mark.parametrize(
    ("text", "language", "sentence"),
    [
        ("Wir kommen am 3. Mai. Bis bald!", "de", "Wir kommen am 3. Mai."),
        ("Es kostet 3,50 Euro. Gut.", "de", "Es kostet 3,50 Euro."),
        ("Es war 1989. Danach kam viel.", "de", "Es war 1989."),
        ("Привет, как дела? Хорошо.", "ru", "Привет, как дела?"),
        ("كيف حالك؟ أنا بخير.", "ar", "كيف حالك؟"),
        ("मैं ठीक हूँ। धन्यवाद।", "hi", "मैं ठीक हूँ।"),
        ("मैं ठीक हूँ।धन्यवाद।", "hi", "मैं ठीक हूँ।"),
        ("¿Qué tal? ¡Hola!", "es", "¿Qué tal?"),
        ("« Bonjour ! » dit-il. Puis rien.", "fr", "« Bonjour ! » dit-il."),
    ],
)
def test_sentences_of_other_languages_end_where_their_readers_say(text: str, language: str, sentence: str) -> None:
    found = first_sentence(text, column=0, is_whole=True, language=language)
    assert found is not None
    assert text[: found.length] == sentence
