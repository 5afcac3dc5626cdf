"""The construct that sequences are cloned into: constant letters at both sides of each insert.

Tables, predictions and edits hold inserts; models see constructs. Where a model looks at the other
strand, it is the insert that is turned round, as in a library cloned in both directions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from seq2score.sequences import encoding
from seq2score.sequences.encoding import encode


@dataclass(frozen=True)
class Construct:
    """The flanks, encoded, uint8 (letters,)."""

    left: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))
    right: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))

    @classmethod
    def of(cls, flanks: Mapping[str, str] | None) -> "Construct":
        """That of a config's or a record's `flanks`; without them, nothing around the inserts."""
        sides = [
            (flanks or {}).get(side, "").upper().replace("U", "T") for side in ("left", "right")
        ]
        return cls(*(encode([side])[0] if side else np.empty(0, np.uint8) for side in sides))

    @property
    def letters(self) -> int:
        """Letters of both flanks."""
        return len(self.left) + len(self.right)

    def around(self, encoded: np.ndarray) -> np.ndarray:
        """Constructs uint8 (n, letters + length) of inserts uint8 (n, length)."""
        if not self.letters:
            return encoded
        sides = (
            np.broadcast_to(side, (len(encoded), len(side))) for side in (self.left, self.right)
        )
        left, right = sides
        return np.concatenate([left, encoded, right], axis=1)


class Ends:
    """The letters with which all sequences begin, and those with which all end."""

    def __init__(self) -> None:
        self._left: np.ndarray | None = None
        self._right: np.ndarray | None = None

    def add(self, flat: np.ndarray, lengths: np.ndarray) -> None:
        """Look at more sequences, as from `encoding.ragged_codes`."""
        full = lengths > 0
        ends = np.cumsum(lengths)[full]
        starts = ends - lengths[full]
        if not len(ends):
            return
        first = flat[starts[0] : ends[0]]
        left = first if self._left is None else self._left
        right = first[::-1] if self._right is None else self._right
        self._left = _shared(left, flat, starts, 1, lengths[full].min())
        self._right = _shared(right, flat, ends - 1, -1, lengths[full].min())

    @property
    def letters(self) -> dict[str, str]:
        """`left` and `right`; both are empty where all sequences are the same one."""
        left, right = (_text(x) for x in (self._left, self._right))
        return {"left": left, "right": right[::-1]}


def _shared(
    number: np.ndarray, flat: np.ndarray, first: np.ndarray, step: int, most: int
) -> np.ndarray:
    for j, letter in enumerate(number[:most]):
        if letter == encoding.N or not (flat[first + step * j] == letter).all():
            return number[:j]
    return number[:most]


def _text(encoded: np.ndarray | None) -> str:
    return "" if encoded is None or not len(encoded) else encoding.decode(encoded[None])[0].item()


def constant_ends(chunks: Iterable[pa.Array]) -> dict[str, str]:
    """The letters that all sequences share at their ends; they may come in several arrays."""
    ends = Ends()
    for chunk in chunks:
        ends.add(*encoding.ragged_codes(chunk))
    return ends.letters
