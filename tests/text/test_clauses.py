"""Clauses: a short one first, cuts where a reader pauses, and every character once."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.text.clause import Clause, Language
from server.text.clauses import ClauseSplitter, split_clauses
from server.text.durations import seconds_before

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
SENTENCES = [
    *(BENCHMARKS / "quality" / "sentences_en.txt").read_text(encoding="utf-8").splitlines(),
    *(BENCHMARKS / "quality" / "sentences_zh.txt").read_text(encoding="utf-8").splitlines(),
]
TEXTS: dict[str, str] = json.loads((BENCHMARKS / "sentences.json").read_text(encoding="utf-8"))

HOSTILE = {
    "one letter": "a" * 5000,
    "one hanzi": "哈" * 5000,
    "stops": "." * 5000,
    "Chinese stops": "。" * 5000,
    "quotes": '"' * 5000,
    "line breaks": "\n" * 5000,
    "spaces between": ("a" + " " * 1000) * 5,
    "right to left": "שלום \u202eabc\u202c " * 400,
    "combining marks": "e" + "\u0301" * 5000,
    "zero width": "\u200b" * 5000,
    "lone surrogates": "\ud800" * 5000,
    "control characters": "\x00\x1b\x07" * 1500,
    "emoji": "😀👨‍👩‍👧" * 800,
    "digits": "1" * 5000,
    "digits and commas": "1," * 2500,
    "abbreviations": "Dr. " * 1200,
}
# Text as nobody writes it, thick with all that the rules look at.
WORDS = "a The and of Dr. U.S. 3.14 ... … , ; — ( ) “ ” ' \" 8:30 iPhone etc. St. Apples Then No. p.m."
HAN_WORDS = "你好 的 和 了 ， 。 、 ： ”他说 2024年 😀 長長長長長長長 ”他 她笑着 说"
OTHERS = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\u2028",
    ". ",
    "! ",
    "? ",
    ", ",
    " - ",
    "\u0301",
    "\u200d",
    "\ud800",
    "\x00",
    "x" * 90,
]
PIECES = st.sampled_from([*WORDS.split(), *HAN_WORDS.split(), *OTHERS])
TEXT = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=150).map("".join))


def _split(text: str, first_target_s: float = 1.5, **options: float) -> list[Clause]:
    return list(split_clauses(text, first_target_s=first_target_s, **options))


def _letters(text: str) -> str:
    return "".join(text.split())


def _assert_covers(text: str, clauses: list[Clause]) -> None:
    assert "".join(_letters(clause.text) for clause in clauses) == _letters(text)
    for clause in clauses:
        assert clause.text == clause.text.strip() != ""
        assert text[clause.start_character :].startswith(clause.text)
    for before, after in pairwise(clauses):
        assert before.start_character + len(before.text) <= after.start_character


@given(TEXT, st.sampled_from([0.5, 1.5, 3.0]), st.sampled_from([0.25, 1.0, 4.0]))
def test_clauses_cover_every_character_once_and_in_order(text: str, first_target_s: float, speed: float) -> None:
    _assert_covers(text, _split(text, first_target_s, speed=speed))


@given(TEXT, st.lists(st.integers(0, 400), max_size=12))
def test_clauses_do_not_depend_on_how_the_text_arrives(text: str, cuts: list[int]) -> None:
    splitter = ClauseSplitter(first_target_s=1.5)
    clauses: list[Clause] = []
    for start, end in pairwise([0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]):
        clauses += splitter.feed(text[start:end])
    assert [*clauses, *splitter.finish()] == _split(text)


def test_text_may_arrive_a_character_at_a_time() -> None:
    text = "\n".join(SENTENCES)
    splitter = ClauseSplitter(first_target_s=1.5)
    clauses = [clause for character in text for clause in splitter.feed(character)]
    assert [*clauses, *splitter.finish()] == _split(text)


@pytest.mark.parametrize(
    ("begun", "first"),
    [
        ("The old lighthouse stands on a narrow rock at the far end of the ba", "The old lighthouse stands"),
        ("那座古老的灯塔矗立在海湾尽头一块狭窄的岩石上已经一百多", "那座古老的灯塔矗立"),
    ],
)
def test_a_long_sentence_is_begun_as_soon_as_nothing_that_may_follow_changes_its_first_cut(
    begun: str, first: str
) -> None:
    splitter = ClauseSplitter(first_target_s=1.5)
    assert next(clause.text for character in begun for clause in splitter.feed(character)) == first


def test_after_a_flush_the_next_clause_is_as_short_as_a_first_one() -> None:
    splitter = ClauseSplitter(first_target_s=1.5)
    before = [*splitter.feed(f"{SENTENCES[0]} {SENTENCES[1]} So it be"), *splitter.flush()]
    assert before[-1].text.endswith("So it be")
    after = [*splitter.feed(TEXTS["en_60w"]), *splitter.finish()]
    assert [clause.text for clause in after] == [clause.text for clause in _split(TEXTS["en_60w"])]
    assert after[0].start_character == len(f"{SENTENCES[0]} {SENTENCES[1]} So it be")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_cut_like_any_other(name: str) -> None:
    clauses = _split(HOSTILE[name])
    _assert_covers(HOSTILE[name], clauses)
    assert all(len(clause.text) <= 400 for clause in clauses)


def test_the_first_clause_of_an_hour_is_found_without_reading_the_hour() -> None:
    class Counting(str):
        read = 0

        def __getitem__(self, key: object) -> str:
            assert isinstance(key, slice)
            part = str.__getitem__(self, key)
            Counting.read += len(part)
            return part

    text = Counting("This sentence goes on and on, and there are many more of its kind. " * 1000)
    clauses = split_clauses(text, first_target_s=1.5)
    next(clauses)
    assert Counting.read <= 1024
    next(clauses)
    assert Counting.read <= 1024


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_clause_is_longer_than_about_its_target(sentence: str) -> None:
    clauses = _split(sentence)
    lengths_s = [seconds_before(clause.text)[-1] for clause in clauses]
    assert lengths_s[0] <= 2.8
    assert all(length_s <= 4.0 * 1.15 for length_s in lengths_s)
    # The next clause is rendered while all before it play: it has to be in time at a third of real time.
    for index in range(1, len(clauses)):
        assert lengths_s[index] <= max(2.0 * 1.15 * (sum(lengths_s[:index]) + 0.6), 3.2)


def _first(text: str) -> str:
    return _split(text)[0].text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (TEXTS["en_5w"], "The garden gate is open."),
        (TEXTS["en_15w"], "The morning train to the coast"),
        (TEXTS["en_60w"], "When the last guests"),
        (TEXTS["en_63w_5s"], "The old lighthouse stands"),
        (TEXTS["zh_15w"], "昨天夜里下了一场大雪，"),
        (TEXTS["zh_60w"], "最后一批客人"),
        ("Where did you leave the car keys?", "Where did you leave the car keys?"),
        ("If the weather holds, the farmers will finish the harvest by Sunday evening.", "If the weather holds,"),
        ("Yes. And then a second sentence follows.", "Yes."),
        ("请在下雨之前把窗户关好。", "请在下雨之前把窗户关好。"),
    ],
)
def test_the_first_clause_is_short_and_ends_where_a_phrase_does(text: str, first: str) -> None:
    assert _first(text) == first


def test_mandarin_is_cut_between_words() -> None:
    text = "昨天下午我们在图书馆里遇到了一位多年没有联系的大学同学并且聊了很久关于过去的事情"
    words = {
        "昨天",
        "下午",
        "我们",
        "图书馆",
        "遇到",
        "一位",
        "多年",
        "没有",
        "联系",
        "大学",
        "同学",
        "关于",
        "过去",
        "事情",
    }
    for clause in _split(text):
        for word in words:
            for cut in range(1, len(word)):
                assert not clause.text.endswith(word[:cut]) or not text[clause.start_character :].startswith(
                    clause.text + word[cut:]
                )


def test_pauses_are_those_of_a_reader_and_shrink_with_speed() -> None:
    text = "If the weather holds, the farmers will finish the whole harvest by Sunday; then it will rain for days."
    assert [(clause.text[-1], clause.pause_s) for clause in _split(text)] == [(",", 0.15), (";", 0.22), (".", 0.35)]
    assert _split("A fine day.\n\nNext.")[0].pause_s == 0.6
    assert _split("A fine day. The next one was fine too.")[0].pause_s == 0.35
    assert _split(TEXTS["en_15w"])[0].pause_s == 0
    assert _split("A fine day. The next one was fine too.", speed=2.0)[0].pause_s == 0.175


def test_only_what_ends_a_sentence_says_so() -> None:
    clauses = _split(TEXTS["en_63w_5s"])
    assert [clause.text[-1] == "." for clause in clauses] == [clause.ends_sentence for clause in clauses]
    assert _split("no stop at the end")[-1].ends_sentence


def test_very_short_sentences_are_said_together_but_the_first_waits_for_none() -> None:
    clauses = [clause.text for clause in _split("Hello there. Yes. No. Why not? That is a longer sentence than those.")]
    assert clauses == ["Hello there.", "Yes. No. Why not?", "That is a longer sentence than those."]


@pytest.mark.parametrize(
    ("text", "language", "languages"),
    [
        ("Good morning.\n早上好。\n2024.\nGood night.\n2024.", None, ["en", "zh", "zh", "en", "en"]),
        ("2024.", None, ["en"]),
        ("2024.", "zh", ["zh"]),
        ("iPhone 15.", "zh", ["zh"]),
        ("Good 早上好。", "en", ["zh"]),
    ],
)
def test_the_language_is_found_clause_by_clause(text: str, language: Language | None, languages: list[str]) -> None:
    clauses: Iterator[Clause] = split_clauses(text, language=language, first_target_s=1.5)
    assert [clause.language for clause in clauses] == languages


def test_leading_signs_belong_to_what_they_lead() -> None:
    assert [clause.text for clause in _split("*** Hello.")] == ["*** Hello."]
    assert [clause.text for clause in _split("Great! 😀\nNext.")] == ["Great! 😀", "Next."]


def test_nothing_gives_nothing() -> None:
    assert _split("") == []
    assert _split(" \n\t\u3000 ") == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (
            "Als die letzten Gäste die Halle verlassen hatten, machten die beiden Schwestern das Licht aus und gingen "
            "langsam am stillen Fluss nach Hause.",
            "Als die letzten Gäste die Halle verlassen hatten,",
        ),
        (
            "Когда последние гости ушли из зала, две сестры погасили свет и медленно пошли домой вдоль тихой реки.",
            "Когда последние гости ушли из зала,",
        ),
        (
            "عندما غادر آخر الضيوف القاعة، أطفأت الأختان الأضواء وسارتا ببطء إلى البيت على طول النهر الهادئ البعيد.",
            "عندما غادر آخر الضيوف القاعة،",
        ),
        (
            "जब आख़िरी मेहमान हॉल से चले गए, दोनों बहनों ने बत्तियाँ बुझाईं और शांत नदी के किनारे धीरे धीरे घर की ओर चल पड़ीं।",
            "जब आख़िरी मेहमान हॉल से चले गए, दोनों बहनों ने बत्तियाँ बुझाईं",
        ),
    ],
    ids=["Latin", "Cyrillic", "Arabic", "Devanagari"],
)
def test_long_sentences_of_other_scripts_are_cut_where_a_reader_breathes(text: str, first: str) -> None:
    clauses = list(split_clauses(text, language="de", first_target_s=2.5))
    assert clauses[0].text == first
    assert " ".join(clause.text for clause in clauses) == text
