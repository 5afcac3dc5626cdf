"""What a designed sequence must be, checked for many sequences at once, on their codes.

Each check counts by how much a sequence fails it, so that a search can see which way is out; a
sequence is allowed where all of them are 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from seq2score.design.enzymes import IUPAC, site_of
from seq2score.errors import InputError
from seq2score.sequences.construct import Construct
from seq2score.sequences.encoding import BASES

MOST_AT_ONCE = 1 << 24  # letters

Check = Callable[[np.ndarray, np.ndarray], np.ndarray]


def letters(pattern: str) -> np.ndarray:
    """The bases that each IUPAC letter may be, bool (length, 4)."""
    return np.array([[base in IUPAC[letter] for base in BASES] for letter in pattern.upper()])


def other_strand(allowed: np.ndarray) -> np.ndarray:
    """The pattern, bool (length, 4), as it reads on the other strand."""
    return allowed[::-1, ::-1]


@dataclass(frozen=True)
class Constraints:
    """What the designs of one run must be.

    template: the bases allowed at each position, bool (length, 4). left, right: codes of the
    flanks, uint8. protected: positions that stay as in the start, bool (length,). edits: most
    positions that differ from the start. gc: lowest and highest share of G and C; window: width,
    lowest and highest. avoid: patterns, bool (k, 4), by name, on both strands and across the joints
    to the flanks. max_homopolymer: longest run of one letter, flanks included. max_repeat: longest
    word that may occur twice. trained: codes of training sequences, from which a design differs in
    at least `from_training` positions.
    """

    template: np.ndarray
    left: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))
    right: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint8))
    protected: np.ndarray | None = None
    edits: int | None = None
    gc: tuple[float, float] | None = None
    window: tuple[int, float, float] | None = None
    avoid: dict[str, np.ndarray] = field(default_factory=dict)
    max_homopolymer: int | None = None
    max_repeat: int | None = None
    from_training: int = 0
    trained: np.ndarray | None = None

    @classmethod
    def of(
        cls, request: Mapping, length: int, flanks: Mapping[str, str], trained: np.ndarray
    ) -> "Constraints":
        """What a `design` section of the config asks for.

        Parameters
        ----------
        request : the section, complete
        length : letters that the model takes
        flanks : `left` and `right` of the model's construct; the request's own come first
        trained : uint8 (m, length), codes of the training sequences

        Raises
        ------
        InputError
            For a template or a range that does not fit the length.
        """
        template = request["template"] or "N" * length
        if len(template) != length:
            raise InputError(f"template: has {len(template)} letters; the model takes {length}")
        protected = np.zeros(length, bool)
        for first, last in request["protect"]:
            if not 1 <= first <= last <= length:
                raise InputError(f"protect: [{first}, {last}] is no range of 1 to {length}")
            protected[first - 1 : last] = True
        construct = Construct.of(request["flanks"] or flanks)
        window = request["gc_window"]
        return cls(
            template=letters(template),
            left=construct.left,
            right=construct.right,
            protected=protected if protected.any() else None,
            edits=request["edits"],
            gc=tuple(request["gc"]) if request["gc"] else None,
            window=(window["width"], *window["range"]) if window else None,
            avoid={word: letters(site_of(word)) for word in request["avoid"]},
            max_homopolymer=request["max_homopolymer"],
            max_repeat=request["max_repeat"],
            from_training=request["distance_from_training"],
            trained=trained,
        )

    @property
    def checks(self) -> dict[str, Check]:
        """What is checked, by the config's key: from sequences and their starts to int (n,)."""
        checks: dict[str, Check] = {"template": self._template}
        if self.protected is not None:
            checks["protect"] = partial(_protected, self.protected)
        if self.edits is not None:
            checks["edits"] = partial(_edits, self.edits)
        if self.gc:
            checks["gc"] = partial(_gc, self.gc)
        if self.window:
            checks["gc_window"] = partial(_windows, self.window)
        for name, pattern in self.avoid.items():
            checks[f"avoid {name}"] = partial(self._sites, pattern)
        if self.max_homopolymer:
            checks["max_homopolymer"] = partial(self._runs, self.max_homopolymer)
        if self.max_repeat:
            checks["max_repeat"] = partial(_repeats, self.max_repeat)
        if self.from_training and self.trained is not None:
            checks["distance_from_training"] = partial(_near, self.from_training, self.trained)
        return checks

    def failures(self, encoded: np.ndarray, starts: np.ndarray) -> dict[str, np.ndarray]:
        """By how much each sequence fails each check, int (n,) each.

        encoded, starts: uint8 (n, length), the sequences and what each was made from.
        """
        return {name: check(encoded, starts) for name, check in self.checks.items()}

    def total(self, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """By how much each sequence fails all of them, int (n,); 0 where it is allowed."""
        step = max(1, MOST_AT_ONCE // (16 * max(encoded.shape[1], 1)))
        parts = [np.empty(0, int)]
        for i in range(0, len(encoded), step):
            failures = self.failures(encoded[i : i + step], starts[i : i + step])
            parts.append(np.sum([*failures.values()], axis=0))
        return np.concatenate(parts)

    def allowed(self, starts: np.ndarray) -> np.ndarray:
        """The bases that designs from these starts may have, bool (n, length, 4)."""
        allowed = np.repeat(self.template[None], len(starts), axis=0)
        if self.protected is not None:
            kept = np.eye(4, dtype=bool)[np.minimum(starts, 3)]
            allowed[:, self.protected] = kept[:, self.protected]
        return allowed

    # ----------------------------------------------------------------------------- the checks
    def _template(self, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
        return (~self.template[np.arange(encoded.shape[1]), np.minimum(encoded, 3)]).sum(axis=1)

    def _sites(self, pattern: np.ndarray, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
        count = np.zeros(len(encoded), int)
        joined = self._joined(encoded, len(pattern) - 1)
        strands = [pattern, other_strand(pattern)]
        for strand in strands[: 1 if (strands[0] == strands[1]).all() else 2]:
            hit = np.ones((len(encoded), max(joined.shape[1] - len(strand) + 1, 0)), bool)
            for position, bases in enumerate(strand):
                if not bases.all():
                    hit &= np.append(bases, False)[joined[:, position : position + hit.shape[1]]]
            count += hit.sum(axis=1)
        return count

    def _runs(self, length: int, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
        joined = self._joined(encoded, length)
        same = joined[:, 1:] == joined[:, :-1]
        hit = np.ones((len(encoded), max(same.shape[1] - length + 1, 0)), bool)
        for position in range(length):
            hit &= same[:, position : position + hit.shape[1]]
        return hit.sum(axis=1)

    def _joined(self, encoded: np.ndarray, reach: int) -> np.ndarray:
        """Sequences with as much of their flanks as what is looked for can reach into."""
        left, right = self.left[max(len(self.left) - reach, 0) :], self.right[:reach]
        parts = [np.repeat(flank[None], len(encoded), axis=0) for flank in (left, right)]
        return np.hstack([parts[0], encoded, parts[1]])


def with_adapters(template: str, adapters: Mapping[str, str]) -> str:
    """A template whose open ends are an oligo's adapters, which are `left` and `right`."""
    left, right = adapters.get("left", ""), adapters.get("right", "")
    middle = max(len(template) - len(left) - len(right), 0)
    return "".join(
        end if letter == "N" else letter
        for letter, end in zip(template.upper(), left + "N" * middle + right, strict=False)
    )


def nearest(encoded: np.ndarray, among: np.ndarray) -> np.ndarray:
    """In how many positions each sequence differs from the nearest of others, int (n,).

    encoded: uint8 (n, length). among: uint8 (m, length), with m of at least 1.
    """
    ones = np.eye(5, dtype=np.float32)[:, :4]
    others = ones[among].reshape(len(among), -1).T
    step = max(1, MOST_AT_ONCE // max(len(among), 1))
    same = [
        (ones[encoded[i : i + step]].reshape(-1, len(others)) @ others).max(axis=1)
        for i in range(0, len(encoded), step)
    ]
    return encoded.shape[1] - np.concatenate([np.empty(0), *same]).round().astype(int)


def _protected(kept: np.ndarray, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return (encoded != starts)[:, kept].sum(axis=1)


def _edits(most: int, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return np.maximum((encoded != starts).sum(axis=1) - most, 0)


def _gc(share: tuple[float, float], encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return _outside(_strong(encoded).sum(axis=1), encoded.shape[1], *share)


def _windows(
    window: tuple[int, float, float], encoded: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    width, low, high = window
    sums = np.cumsum(np.pad(_strong(encoded), ((0, 0), (1, 0))), axis=1)
    width = min(width, encoded.shape[1])
    return _outside(sums[:, width:] - sums[:, :-width], width, low, high).sum(axis=1)


def _repeats(longest: int, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
    width = longest + 1
    if encoded.shape[1] < width:
        return np.zeros(len(encoded), int)
    words = np.zeros((len(encoded), encoded.shape[1] - width + 1), np.uint64)
    for position in range(width):
        letter = encoded[:, position : position + words.shape[1]].astype(np.uint64)
        words = words * np.uint64(5) + letter if width <= 27 else _mixed(words, letter)
    words.sort(axis=1)
    return (words[:, 1:] == words[:, :-1]).sum(axis=1)


def _near(apart: int, trained: np.ndarray, encoded: np.ndarray, starts: np.ndarray) -> np.ndarray:
    return np.maximum(apart - nearest(encoded, trained), 0)


def _strong(encoded: np.ndarray) -> np.ndarray:
    return ((encoded == 1) | (encoded == 2)).astype(np.int64)


def _outside(count: np.ndarray, length: int, low: float, high: float) -> np.ndarray:
    """By how many letters counts lie outside shares of the length."""
    fewest, most = gc_counts(length, low, high)
    return np.maximum(fewest - count, 0) + np.maximum(count - most, 0)


def gc_counts(length: int, low: float, high: float) -> tuple[int, int]:
    """The fewest and most letters that shares of a length allow."""
    return int(np.ceil(round(low * length, 9))), int(np.floor(round(high * length, 9)))


def _mixed(words: np.ndarray, letter: np.ndarray) -> np.ndarray:
    """A hash where a word is too long for a number."""
    return (words ^ letter) * np.uint64(0x9E3779B97F4A7C15) ^ (words >> np.uint64(29))
