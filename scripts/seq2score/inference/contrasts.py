"""Contrasts of several scores: one condition against others, or after against before.

A contrast is a score that is derived, a weighted sum of scores on the scale on which they are
learned, and so a difference of logarithms where these are. What is measured of a score is measured
of it, on a table that has it alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seq2score.inference.predictions import score_matrix
from seq2score.sequences.transforms import FORTH
from seq2score.task import REGRESSION

Section = Mapping[str, Mapping[str, float]]  # the weights of each contrast's scores, by name


@dataclass(frozen=True)
class Contrasts:
    """Contrasts by name, and the weights of a model's scores in them, float (outputs, contrasts).

    transform: of the scores.
    """

    names: tuple[str, ...]
    weights: np.ndarray
    transform: str = "none"

    @classmethod
    def of(cls, section: Section, outputs: Sequence[str], transform: str = "none") -> "Contrasts":
        """Those of a section, of scores in the order of `outputs`."""
        weights = [[of.get(output, 0.0) for of in section.values()] for output in outputs]
        return cls(tuple(section), np.array(weights).reshape(len(outputs), -1), transform)

    def extended(self, values: np.ndarray) -> np.ndarray:
        """Scores, float (..., outputs), with the contrasts behind them: (..., outputs + contrasts).

        A score that has no logarithm has no contrast (NaN).
        """
        if not self.names:
            return values
        with np.errstate(invalid="ignore", divide="ignore"):
            learned = FORTH[self.transform](values)
        total = np.zeros((*values.shape[:-1], len(self.names)))
        for output, weights in enumerate(self.weights):
            used = weights != 0  # a score that is not part of a contrast may be missing
            total[..., used] += learned[..., output, None] * weights[used]
        return np.concatenate([values, np.where(np.isfinite(total), total, np.nan)], axis=-1)


NO_CONTRASTS = Contrasts((), np.empty((0, 0)))


def single(
    table: pa.Table,
    name: str,
    section: Section,
    transform: str = "none",
    replicates: Mapping[str, Sequence[str]] = {},
) -> tuple[pa.Table, list[str]]:
    """A table of predictions of one contrast: `score`, `prediction`, and what is no score.

    Parameters
    ----------
    table
        Of predictions of the scores.
    name
        Of the contrast.
    section
        Of all contrasts.
    transform
        Of the scores.
    replicates
        By score, the columns of its replicates, where it has as many as the others.

    Returns
    -------
    table : pyarrow.Table
        With the contrast's own replicates, the first of each score and so on, as columns.
    replicates : list of str
        The names of these columns.
    """
    outputs = [*section[name]]
    contrast = Contrasts.of({name: section[name]}, outputs, transform)

    def of(columns: Sequence[str]) -> np.ndarray:
        return contrast.extended(score_matrix(table, columns))[:, -1]

    each = [replicates.get(output, ()) for output in outputs]
    sets = list(zip(*each, strict=True)) if len({len(columns) for columns in each}) == 1 else []
    columns = {f"replicate {i + 1}": of(names) for i, names in enumerate(sets)}
    others = [n for n in table.column_names if n != "score" and not n.startswith(REGRESSION.prefix)]
    predicted = of([f"{REGRESSION.prefix}{output}" for output in outputs])
    first = {"score": of(outputs), "prediction": predicted, **columns}
    return pa.table({**first, **{n: table[n] for n in others if n not in first}}), [*columns]
