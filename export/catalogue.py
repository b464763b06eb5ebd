"""Every model that can be exported; a new one is a recipe of its own and a line here."""

from typing import Final

from export import hibari, kokoro
from export.foley.bank import recipe as foley_bank
from export.foley.event_net import recipe as event_net
from export.foley.meaning import recipe as meaning
from export.foley.things import recipe as things
from export.recipe import Recipe

FOLEY: Final[tuple[Recipe, ...]] = (event_net.RECIPE, things.RECIPE, meaning.RECIPE, foley_bank.RECIPE)
"""What watches videos and makes their sound: `python -m export foley` makes these alone."""
RECIPES: Final[tuple[Recipe, ...]] = (hibari.RECIPE, kokoro.RECIPE, *FOLEY)
