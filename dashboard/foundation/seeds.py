"""Where every random number comes from.

Randomness is passed, never global: replicate or patient `i` depends on `(seed, names, i)` alone, so
a larger cohort extends a smaller one and one replicate can be drawn again by itself.
"""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that depends only on the seed and the names, stable across machines."""
    path = "/".join([str(seed), *map(str, names)])
    digest = hashlib.sha256(path.encode()).digest()
    return np.random.Generator(np.random.Philox(int.from_bytes(digest[:16], "little")))
