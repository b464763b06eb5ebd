"""Which model makes which class, and how loud things are beside each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from server.engines.foley.sound import (
    animals,
    bursts,
    friction,
    machines,
    modal,
    places,
    signals,
    steps,
    water,
    weather,
)
from server.engines.foley.sound.cue import BLOCK, RATE, Cue, Hit, Rng, Stereo, Texture


@dataclass(frozen=True, slots=True)
class Sound:
    """How one class is made: as a hit, or as a texture."""

    hit: Hit | None = None
    texture: Texture | None = None
    level_db: float = 0.0
    """Brings it beside the others: a hit comes at full scale, a texture near -24 dB."""
    pause_s: float = 2.5
    """Between two, where a hit is asked for as a bed."""


MODELS: Final = {
    "impact": Sound(modal.impact),
    "footstep": Sound(steps.footstep, level_db=-7, pause_s=0.55),
    "knock": Sound(modal.knock, level_db=-3, pause_s=1.2),
    "door_open": Sound(friction.door_open, level_db=-8),
    "door_close": Sound(bursts.door_close, level_db=-1),
    "door_creak": Sound(friction.door_creak, level_db=-10),
    "glass_break": Sound(bursts.glass_break),
    "punch": Sound(bursts.punch, level_db=-1),
    "clap": Sound(bursts.clap, level_db=-4, pause_s=0.5),
    "gunshot": Sound(bursts.gunshot, level_db=3),
    "explosion": Sound(bursts.explosion, level_db=4, pause_s=6),
    "splash": Sound(water.splash, level_db=-2),
    "drip": Sound(water.drip, level_db=-10, pause_s=1.1),
    "switch": Sound(bursts.switch, level_db=-12),
    "bell": Sound(modal.bell, level_db=-5, pause_s=2.0),
    "whoosh": Sound(friction.whoosh, level_db=-6),
    "rolling": Sound(texture=friction.rolling, level_db=12),
    "sliding": Sound(texture=friction.sliding, level_db=2),
    "cloth": Sound(texture=friction.cloth, level_db=-6),
    "paper": Sound(texture=friction.paper, level_db=-2),
    "typing": Sound(texture=machines.typing, level_db=3),
    "pour": Sound(texture=water.pour, level_db=5),
    "bubbles": Sound(texture=water.bubbles, level_db=1),
    "rain": Sound(texture=weather.rain, level_db=3),
    "wind": Sound(texture=weather.wind, level_db=10),
    "sea": Sound(texture=weather.sea, level_db=5),
    "stream": Sound(texture=water.stream, level_db=7),
    "fire": Sound(texture=weather.fire, level_db=4),
    "thunder": Sound(bursts.thunder, level_db=2, pause_s=9),
    "engine": Sound(texture=machines.engine, level_db=12),
    "car": Sound(texture=machines.car, level_db=9),
    "train": Sound(texture=machines.train, level_db=7),
    "helicopter": Sound(texture=machines.helicopter, level_db=15),
    "airplane": Sound(texture=machines.airplane, level_db=11),
    "chainsaw": Sound(texture=machines.chainsaw, level_db=12),
    "city": Sound(texture=places.city, level_db=6),
    "forest": Sound(texture=places.forest, level_db=4),
    "room": Sound(texture=places.room, level_db=-12),
    "machine": Sound(texture=machines.machine, level_db=4),
    "birds": Sound(texture=animals.birds, level_db=5),
    "crickets": Sound(texture=animals.crickets, level_db=0),
    "dog": Sound(animals.dog, pause_s=3),
    "rooster": Sound(animals.rooster, level_db=-1, pause_s=7),
    "baby": Sound(animals.baby, level_db=-1, pause_s=3),
    "sneeze": Sound(animals.sneeze, level_db=-3, pause_s=5),
    "clock": Sound(texture=machines.clock, level_db=0),
    "siren": Sound(texture=signals.siren, level_db=2),
    "horn": Sound(signals.horn, level_db=-1, pause_s=4),
}
"""By class."""


def texture_of(sound: Sound) -> Texture:
    """The class as something that lasts: a hit comes again and again."""
    if sound.texture is not None:
        return sound.texture
    assert sound.hit is not None
    make, pause_s = sound.hit, sound.pause_s

    def again(cue: Cue, rng: Rng) -> Iterator[Stereo]:
        tail: Stereo = np.zeros((0, 2), np.float32)
        wait = 0
        while True:
            out = np.zeros((max(len(tail), BLOCK), 2), np.float32)
            out[: len(tail)] += tail
            while wait < BLOCK:
                once = make(cue, rng) * np.float32(rng.uniform(0.3, 0.6))
                if wait + len(once) > len(out):
                    out = np.concatenate((out, np.zeros((wait + len(once) - len(out), 2), np.float32)))
                side = rng.uniform(0.25, 0.75)
                out[wait : wait + len(once), 0] += once * np.float32(np.sqrt(1 - side))
                out[wait : wait + len(once), 1] += once * np.float32(np.sqrt(side))
                wait += max(BLOCK // 2, round(float(rng.gamma(5.0, pause_s / 5)) * RATE))
            wait -= BLOCK
            tail = out[BLOCK:]
            yield out[:BLOCK]

    return again
