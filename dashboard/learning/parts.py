"""What a fitted model is made of when it leaves memory: text, arrays and settings, by name.

Every head turns itself into `Parts` and back; the bundle decides which file each goes to. Nothing
else is ever stored, so nothing in a bundle can run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from dashboard.foundation.errors import BundleMismatch

Array = npt.NDArray[Any]
Piece = TypeVar("Piece")


def _under(name: str, pieces: Mapping[str, Piece]) -> dict[str, Piece]:
    return {f"{name}.{key}": value for key, value in pieces.items()}


def _inside(name: str, pieces: Mapping[str, Piece]) -> dict[str, Piece]:
    start = f"{name}."
    return {k.removeprefix(start): value for k, value in pieces.items() if k.startswith(start)}


@dataclass(frozen=True, slots=True)
class Parts:
    """Named pieces of a model; names are paths with dots."""

    texts: Mapping[str, str] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def under(self, name: str) -> Parts:
        """The same pieces, each name behind another."""
        return Parts(
            _under(name, self.texts), _under(name, self.arrays), _under(name, self.settings)
        )

    def __add__(self, other: Parts) -> Parts:
        return Parts(
            {**self.texts, **other.texts},
            {**self.arrays, **other.arrays},
            {**self.settings, **other.settings},
        )

    def inside(self, name: str) -> Parts:
        """The pieces of one name, without it."""
        return Parts(
            _inside(name, self.texts), _inside(name, self.arrays), _inside(name, self.settings)
        )

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """An array of finite numbers.

        Raises:
            BundleMismatch: it is absent, or holds something else.
        """
        found = self.arrays.get(name)
        if found is None or found.dtype.kind != "f" or not np.isfinite(found).all():
            raise BundleMismatch(
                f"The bundle's numbers for {name} are absent or damaged.",
                hint="Train it again, or restore it from a copy.",
            )
        return found.astype(np.float64)

    def text(self, name: str) -> str:
        """A text.

        Raises:
            BundleMismatch: it is absent.
        """
        if name not in self.texts:
            raise BundleMismatch(
                f"The bundle has no trees for {name}.",
                hint="Train it again, or restore it from a copy.",
            )
        return self.texts[name]
