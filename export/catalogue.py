"""Every model that can be exported; a new one is a recipe of its own and a line here."""

from typing import Final

from export import hibari, kokoro
from export.recipe import Recipe

RECIPES: Final[tuple[Recipe, ...]] = (hibari.RECIPE, kokoro.RECIPE)
