"""How late an event loop comes back: sampled every few milliseconds, in the server or in an idle process beside it."""

import asyncio
import json
import sys
import time
from pathlib import Path

EVERY_S = 0.005


Lags = list[tuple[float, float]]
"""When, on the clock that all processes of the machine share, and how many seconds late; one takes about 150 bytes."""


async def sample_lags(lags: Lags) -> None:
    """Note, until it is cancelled, how much later than asked for each sleep ended."""
    while True:
        begun_s = time.monotonic()
        await asyncio.sleep(EVERY_S)
        ended_s = time.monotonic()
        lags.append((ended_s, ended_s - begun_s - EVERY_S))


def main() -> None:
    """Sample an idle loop for so many seconds and write what was found: `lag SECONDS FILE`."""
    lags: Lags = []

    async def sample() -> None:
        try:
            async with asyncio.timeout(float(sys.argv[1])):
                await sample_lags(lags)
        except TimeoutError:
            pass

    asyncio.run(sample())
    Path(sys.argv[2]).write_text(json.dumps(lags))


if __name__ == "__main__":
    main()
