"""English: how words stand together, what forbids, how strong, of what."""

import re
from functools import cache
from pathlib import Path
from typing import Final

from server.engines.foley.prompt.grammar import Grammar, MaterialWord
from server.engines.foley.prompt.normalise import stem
from server.engines.foley.prompt.rules import Writing, read_rules

_SMALL: Final = """
a an the this that these those my your his her its our their some any of on in at to by from with into onto inside
under over as and is be am i we you he she it they there here and then who which while up down out off for very really
so too quite please sound sounds noise noises audio effect effects sfx foley hear heard add make makes give want need
would like should could can will must have has being been get gets someone somebody something one two three four person
man woman guy girl boy people kid kids old young little big small new video clip scene picture camera shot during
around near through across along past behind above below next front back all every each another other few several lot
lots more most much many bit again slowly quickly or but if when where what how also plus keep leave let
"""
_DETERMINERS: Final = "a|an|the|his|her|its|their|our|my|your|some|of|on|in|at|to|into|onto|from|by|with|be|it"
_WORD: Final = "[^ ,;.]+"

_DEGREES: Final = (
    (0.95, "deafening thunderous earsplitting enormous gigantic massive torrential ferocious tremendous colossal"),
    (
        0.8,
        "heavy strong loud violent hard huge powerful intense fierce furious raging roaring mighty big booming wild "
        "aggressive blaring crashing hefty forceful vigorous harsh piercing giant howling blasting severe epic pouring",
    ),
    (0.4, "slow small tiny little some slight occasional moderate"),
    (
        0.25,
        "faint calm soft light gentle quiet distant subtle weak low mild muffled delicate faraway dim hushed dull "
        "slightly tender muted barely softly far whisper whispered thin",
    ),
)
_DEGREE_PHRASES: Final = (
    (0.25, "in the distance|in distance|far away|far off|a hint of|a touch of|from afar|a mile away|miles away"),
    (0.35, "a little|a bit|a little bit|in the background|somewhere outside"),
    (0.85, "at full blast|full volume|very loudly|up close|with full force|at full throttle"),
)
_MATERIALS: Final = (
    # What it is called, what it is made of; then things that mostly are.
    (
        "wood wooden firewood lumber hardwood parquet timber oak plank planks plywood bamboo floorboard "
        "floorboards pine laminate",
        "wood",
    ),
    ("metal metallic steel iron tin aluminium aluminum brass copper bronze grate chrome", "metal"),
    ("glass crystal glassy", "glass"),
    ("stone rocky granite brick tile tiles tiled cobblestone cobblestones slate", "stone concrete"),
    ("concrete asphalt pavement cement sidewalk tarmac linoleum", "concrete stone"),
    ("ceramic porcelain china earthenware clay", "ceramic"),
    ("plastic rubber vinyl", "plastic"),
    ("cardboard carton", "cardboard"),
    ("soft fabric leather foam padded", "soft"),
    ("carpet rug carpeted mat", "carpet soft"),
    ("grass grassy lawn meadow turf", "grass"),
    ("gravel pebbles shingle gritty", "gravel"),
    ("dirt mud muddy soil earth trail", "dirt"),
    ("sand sandy beach dune dunes desert", "sand"),
    ("snow snowy icy", "snow"),
    ("puddle puddles shallow swamp", "water"),
    ("leaves foliage", "leaves"),
)
_THINGS: Final = (
    (
        "coin coins pipe nail nails key keys pan pans pot pots spoon fork wrench hammer anvil tray chain barbell sword",
        "metal",
    ),
    (
        "swords railing bell tool tools can cans knife cutlery silverware dumbbell bucket car barrel screwdriver",
        "metal",
    ),
    ("plate plates cup cups mug mugs bowl bowls vase dish dishes teacup saucer teapot pottery", "ceramic"),
    ("bottle bottles window ice jar goblet marbles lightbulb glasses tumbler", "glass"),
    ("ball basketball toy toys lego tennis bottlecap phone skateboard suitcase dice", "plastic"),
    ("box boxes package parcel crate", "cardboard"),
    ("body pillow bag cushion mattress sofa backpack laundry jacket punch", "soft"),
    (
        "table chair log logs block blocks tree stick door desk drawer shelf domino dominoes furniture baseball bat",
        "wood",
    ),
    ("rock rocks boulder pebble bricks floor wall anchor statue", "stone"),
    ("book books", "cardboard"),
    ("hallway corridor street road alley garage parking subway city", "concrete"),
    ("forest woods autumn", "leaves"),
    ("stairs staircase attic barn", "wood"),
    ("park field garden", "grass"),
    ("path driveway", "gravel"),
    ("rain river stream water pond flooded", "water"),
    ("winter blizzard", "snow"),
    ("bedroom", "carpet"),
)


_ROOMS: Final = (
    ("bathroom shower bathtub toilet restroom washroom", "bathroom"),
    ("cave cavern tunnel mine sewer grotto dungeon underpass", "cave"),
    (
        "hall church cathedral gym gymnasium hallway corridor museum warehouse stairwell staircase garage theater "
        "theatre temple arena airport lobby factory hangar castle mall supermarket",
        "hall",
    ),
    ("forest woods jungle woodland rainforest", "forest"),
    ("street city alley sidewalk avenue downtown crosswalk courtyard", "street"),
    (
        "room kitchen bedroom office library house apartment classroom indoors indoor studio home basement attic "
        "restaurant cafe shop store hospital school workshop lab bar pub cabin inside",
        "room",
    ),
    ("outside outdoors field beach mountain mountains desert park garden sea ocean lake meadow farm", "outdoors"),
)


@cache
def english() -> Grammar:
    """The grammar; read on the first call, tens of milliseconds."""
    return Grammar(
        rules=read_rules(Path(__file__).with_name("english.txt"), _WRITING),
        harmless=_words(
            _stemmed(
                "not (?:only|just|merely)|dont (?:forget|omit|miss|skip|leave out)|never (?:stop|end|forget)"
                "|no (?:matter|doubt|longer)|(?:doesnt|does not|wont|will not|do not|dont|without) (?:stop|end|pause)"
                "|non stop|not (?:too|so|very|that|really|overly|as|quite)|without (?:a|any) doubt"
                "|no(?: WORD){0,3} (?:except|but|other than|besides|apart from)"
            )
        ),
        negations=(
            re.compile(" (?:" + _stemmed(_FORBID) + f"){_SCOPE}(?= )"),
            re.compile(
                rf"(?P<scope>(?: {_WORD}){{1,2}}) (?:"
                + _stemmed("turned off|switched off|muted|excluded|removed|are not wanted|forbidden")
                + ")(?= [,;.]| $)"
            ),
        ),
        only=re.compile(
            "(?<! not) (?:"
            + _stemmed(
                "only|solely|exclusively|just|nothing (?:but|else|except)|no other|and nothing|alone"
                "|no(?: WORD){0,2} (?:except|but|other than|besides)"
            )
            + ")(?= )"
        ),
        background=_words(_stemmed("background|ambience|ambiance|ambient|atmosphere|backdrop")),
        groups={
            "dog birds rooster crickets": _words(_stemmed("animal|wildlife|creature")),
            "car engine siren horn": _words(_stemmed("traffic noise|vehicle")),
            "rain wind thunder": _words("weather"),
            "siren": _words("alarm"),
            "car city": _words("traffic"),
        },
        degrees=(
            *((_words(_stemmed(phrase)), degree) for degree, phrase in _DEGREE_PHRASES),
            *((_words("|".join(_stems(words))), degree) for degree, words in _DEGREES),
        ),
        more=re.compile(
            " (?:" + _stemmed("very|extremely|super|really|incredibly|so|insanely|terribly|absolutely") + ")$"
        ),
        less=re.compile(r" (?:not|too|not too|not so|not very|not that|isnt|arent|never|less)$"),
        materials=tuple(
            MaterialWord(_words("|".join(_stems(words))), tuple(materials.split()), is_thing)
            for is_thing, table in ((False, _MATERIALS), (True, _THINGS))
            for words, materials in table
        ),
        surface=re.compile(rf" (?:on|across|over|through|onto|along|against|in|into|down|upon)(?: {_WORD}){{0,2}}$"),
        rooms=(
            (
                _words(_stemmed("(?:in|inside)(?: a| the| my| his| her)? (?:car|truck|van|bus|cab|taxi)|dashboard")),
                "car",
            ),
            *((_words("|".join(_stems(words))), room) for words, room in _ROOMS),
        ),
        counts=tuple(
            (_words(_stemmed(words)), count)
            for words, count in (
                ("once|one time|single", 1),
                ("twice|two|2|double", 2),
                ("three|3|thrice|a few|few", 3),
                ("four|4|several", 4),
                ("five|5", 5),
            )
        ),
        small_words=frozenset(_stems(_SMALL)),
        characters_per_word=5.0,
    )


def _item(alternatives: str) -> str:
    return "(?:" + "|".join(dict.fromkeys(stem(word) for word in alternatives.split("|"))) + ")(?= )"


_WRITING: Final = Writing(
    item=lambda alternatives: rf"(?<= ){_item(alternatives)}",
    beside=rf" (?:(?:{_DETERMINERS}) ){{0,2}}",
    apart=rf" (?:{_WORD} ){{0,5}}?",
    word_weight=100,
)
_STOPS: Final = (
    "but|just|only|however|although|though|still|yet|plus|while|with|in|on|at|during|near|by|from|through|over"
    "|under|as"
    "|and (?:a|an|the|some|just|only|add|keep|make|then|please|light|soft|heavy|gentle|loud|distant|faint)"
)
_FORBID: Final = (
    "not any|no more|no|not|without|never|nor|neither|minus|exclude|skip (?:the|any|all)|omit|avoid|remove|mute|ban"
    "|zero"
    "|dont|doesnt|isnt|arent|wont|cant|shouldnt|mustnt|didnt|cannot|forget about|except(?: for)?|but not|apart from"
    "|other than|instead of|rather than|leave out|take out|cut out|get rid of|free of|turn off|devoid of|lack"
    "|everything but|anything but|all but"
)


def _stemmed(expression: str) -> str:
    """An expression whose words stand by their stems; WORD is any word."""
    return re.sub("[a-z]+", lambda found: stem(found[0]), expression).replace("WORD", _WORD)


# To the end of the clause; on over commas where "or" or "nor" ends the list.
_SCOPE: Final = (
    rf"(?P<scope>(?:(?: {_WORD}){{1,3}} ,){{0,5}}(?: {_WORD}){{1,3}}(?: ,)? (?:or|nor)(?: {_WORD}){{1,3}}"
    rf"|(?: (?!(?:{_stemmed(_STOPS)}) ){_WORD}){{1,8}})"
)


def _words(expression: str) -> re.Pattern[str]:
    """Whole words of a plain form; the match begins at the space before them."""
    return re.compile(rf" (?:{expression})(?= )")


def _stems(words: str) -> list[str]:
    return list(dict.fromkeys(stem(word) for word in words.split()))
