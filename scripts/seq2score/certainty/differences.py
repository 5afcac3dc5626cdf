"""How far predicted differences can be trusted: intervals of effects, and which sign they have.

Split conformal prediction on differences themselves. Of held-out pairs, a third of the units (the
scouts) says by how much the model exaggerates differences and how errors grow; the others say how
large errors are. Of units with several pairs each, such as the variants of one background, every
unit counts alike, and every pair in it (hierarchical conformal prediction: Lee, Barber and Willett
2023): a pair of a new unit lies inside as often as promised, however many pairs the old ones have.

What a pair measures holds the noise of two measurements. Where replicates or repeated sequences
tell that noise, intervals are of the difference itself: errors shrink by the share of their
variance that is noise (which is right where both are normal). Else they are of what would be
measured, and exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from seq2score.certainty import scale
from seq2score.certainty.pairs import KINDS, ONE, SEVERAL, Pairs
from seq2score.evaluation.ceiling import SAME

FEWEST = 9  # units, with which an interval at 0.9 has an end
FEWEST_WITH_SCOUTS = 14  # units, a third of which are scouts
FEWEST_SCOUTS = 50  # pairs, that tell how errors grow
FEWEST_REPEATS = 30  # rows beyond the first of their sequence, that tell the noise
PREFIX = "differences."  # of the names of saved arrays
UNMEASURED = "no interval: too few pairs so near each other were held out"


@dataclass(frozen=True)
class Differences:
    """How wrong predicted differences of one score are, on held-out pairs of one kind.

    slope: float (1,), the difference that is measured for each unit that is predicted. weights:
    float (k,), as of `scale.fit`, for the first k of `_parts`. ratios: float (n,), sorted: the
    error over the expected one, of pairs that nothing was fitted to. mass: float (n,), how likely
    a new one is no larger than each. without_noise: float (1,), by what errors are smaller where
    the difference itself is meant, and not what two noisy measurements make of it; 1 where nothing
    tells the noise.
    """

    slope: np.ndarray
    weights: np.ndarray
    ratios: np.ndarray
    mass: np.ndarray
    without_noise: np.ndarray

    @classmethod
    def fit(
        cls, predicted: np.ndarray, measured: np.ndarray, pairs: Pairs, noise: float
    ) -> "Differences | None":
        """Of pairs of one kind; None of fewer units than say anything.

        predicted, measured: float (n,), their differences. noise: variance of that of a score.
        """
        units = int(pairs.unit.max(initial=-1)) + 1
        if units < FEWEST:
            return None
        scouts = pairs.unit < (units // 3 if units >= FEWEST_WITH_SCOUTS else 0)
        share = 1 / np.bincount(pairs.unit)[pairs.unit]  # every unit counts alike
        slope, weights = np.ones(1), np.ones(1)
        if scouts.any():
            slope = _slope(predicted[scouts], measured[scouts], share[scouts])
        if scouts.sum() >= FEWEST_SCOUTS:
            errors = abs(measured - slope * predicted)[scouts]
            weights = scale.fit(errors, _parts(slope * predicted, pairs.letters)[scouts])
        errors = abs(measured - slope * predicted)
        ratios = errors / _expect(weights, _parts(slope * predicted, pairs.letters))
        order = np.argsort(ratios, kind="stable")
        order = order[~scouts[order]]
        mass = share[order].cumsum() / (share[order].sum() + 1)
        without_noise = np.array([_without_noise(errors, pairs.unit, 2 * noise)])
        return cls(slope, weights, ratios[order], mass, without_noise)

    @property
    def units(self) -> int:
        """How many units set the width."""
        return round(1 / (1 - self.mass[-1])) - 1

    def quantile(self, level: float) -> float:
        """How large a ratio to allow for; infinite where units are too few for the level."""
        rank = np.searchsorted(self.mass, round(level, 9) - 1e-9)
        return float(self.ratios[rank]) if rank < len(self.ratios) else np.inf

    def judge(
        self, effect: np.ndarray, letters: np.ndarray, level: float, as_measured: bool = False
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of predicted effects, float (n,): lower and upper ends, and how likely each is above 0.

        letters: int (n,), that the sequences of each are apart. as_measured: of what would be
        measured, with its noise.
        """
        centre = self.slope * effect
        expected = _expect(self.weights, _parts(centre, letters))
        if not as_measured:
            expected = expected * self.without_noise
        reach = self.quantile(level) * expected
        beyond = np.searchsorted(self.ratios, abs(centre) / expected, "right")
        tail = 1 - np.concatenate([[0], self.mass])[beyond]
        positive = np.where(centre > 0, 1 - tail / 2, np.where(centre < 0, tail / 2, 0.5))
        return centre - reach, centre + reach, positive


Outputs = tuple[tuple[Differences | None, ...], ...]  # of each score, of each of KINDS


def fit(scores: np.ndarray, predicted: np.ndarray, pairs: Pairs, noise: Sequence[float]) -> Outputs:
    """Of all scores and kinds of pairs.

    Parameters
    ----------
    scores, predicted
        Of held-out rows, float (n, outputs), in the score's own units; a missing score is NaN.
    pairs
        Of these rows.
    noise
        Of each score, the variance of its noise, NaN where nothing tells it.
    """
    each = []
    for output in range(scores.shape[1]):
        measured = scores[pairs.second, output] - scores[pairs.first, output]
        difference = predicted[pairs.second, output] - predicted[pairs.first, output]
        of_kinds = []
        for kind in range(len(KINDS)):
            rows = np.isfinite(measured) & (pairs.kind == kind)
            chosen = pairs.take(rows).numbered()
            of_kinds.append(
                Differences.fit(difference[rows], measured[rows], chosen, noise[output])
            )
        each.append(tuple(of_kinds))
    return tuple(each)


def judge(
    differences: Outputs,
    effect: np.ndarray,
    letters: np.ndarray,
    kind: np.ndarray,
    level: float,
    as_measured: bool = False,
) -> np.ndarray:
    """Lower and upper ends of effects and how likely each is above 0: float (3, n, outputs).

    NaN where held-out pairs promise nothing. Where none is one letter apart, those several letters
    apart stand for them, whose errors have less in common.

    Parameters
    ----------
    differences
        Of a calibration.
    effect
        Float (n, outputs).
    letters, kind
        Of the pairs, int (n,).
    level
        Of the intervals.
    as_measured
        Of what would be measured, with its noise, where else the difference itself is meant.
    """
    judged = np.full((3, *effect.shape), np.nan)
    for output, kinds in enumerate(differences[: effect.shape[1]]):
        for number, of_kind in enumerate(kinds):
            known = of_kind or (kinds[SEVERAL] if number == ONE else None)
            rows = kind == number
            if known is None or not rows.any():
                continue
            of_rows = known.judge(effect[rows, output], letters[rows], level, as_measured)
            judged[:, rows, output] = of_rows
    judged[:2][~np.isfinite(judged[:2])] = np.nan
    return judged


def noise_variance(score: np.ndarray, replicates: np.ndarray, hashes: np.ndarray) -> float:
    """Variance of the noise of a score, NaN where nothing tells it.

    Parameters
    ----------
    score
        Float (n,), NaN where it was not measured.
    replicates
        Float (n, k), k 0 or more, NaN where one was not measured. They tell where the score is
        their mean.
    hashes
        Uint64 (n,), of the sequences; those that stand in several rows tell where there are many.
    """
    count = np.isfinite(replicates).sum(axis=1)
    rows = (count > 1) & np.isfinite(score)
    if rows.sum() >= FEWEST_REPEATS:
        mean = np.nanmean(replicates[rows], axis=1)
        if np.allclose(score[rows], mean, atol=SAME * max(mean.std(), 1e-300)):
            variance = np.nanvar(replicates[rows], axis=1, ddof=1) / count[rows]
            return float(variance.mean())
    rows = np.isfinite(score)
    _, number, sizes = np.unique(hashes[rows], return_inverse=True, return_counts=True)
    degrees = rows.sum() - len(sizes)
    if degrees < FEWEST_REPEATS:
        return np.nan
    means = np.bincount(number, score[rows]) / sizes
    return float(((score[rows] - means[number]) ** 2).sum() / degrees)


def as_tensors(differences: Outputs) -> dict[str, np.ndarray]:
    """As arrays by name, to be saved."""
    return {
        f"{PREFIX}{output}.{kind}.{name}": value
        for output, kinds in enumerate(differences)
        for kind, known in enumerate(kinds)
        if known
        for name, value in vars(known).items()
    }


def of_tensors(tensors: dict[str, np.ndarray], outputs: int) -> Outputs:
    """As they were saved."""

    def known(output: int, kind: int) -> Differences | None:
        prefix = f"{PREFIX}{output}.{kind}"
        if f"{prefix}.ratios" not in tensors:
            return None
        return Differences(**{f.name: tensors[f"{prefix}.{f.name}"] for f in fields(Differences)})

    kinds = range(len(KINDS))
    return tuple(tuple(known(output, kind) for kind in kinds) for output in range(outputs))


def _slope(predicted: np.ndarray, measured: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Measured differences by predicted ones, least squares, float (1,); none below 0."""
    squares = share @ predicted**2
    return np.maximum([share @ (predicted * measured) / squares if squares > 0 else 1.0], 0.0)


def _without_noise(errors: np.ndarray, unit: np.ndarray, noise: float) -> float:
    """By what errors of measured differences are smaller without noise of that variance, at most.

    What is left of the variance is known no better than the whole is, as its units say: a standard
    error is added, for an interval that is too wide does less harm than one that is too narrow.
    """
    of_units = np.bincount(unit, errors**2) / np.bincount(unit)
    total = of_units.mean()
    if not np.isfinite(noise) or not total > 0:
        return 1.0
    error = of_units.std(ddof=1) / np.sqrt(len(of_units))
    return float(np.sqrt(min(max(total - noise, 0) + error, total) / total))


def _parts(centre: np.ndarray, letters: np.ndarray) -> np.ndarray:
    """What errors may grow with, float (n, 3): a constant, the effect, and the letters apart."""
    return np.column_stack([np.ones(len(centre)), abs(centre), np.log2(np.maximum(letters, 1))])


def _expect(weights: np.ndarray, parts: np.ndarray) -> np.ndarray:
    return scale.expect(weights, parts[:, : len(weights)])
