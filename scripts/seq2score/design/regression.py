"""A simple regression's word on designs, where no other model judges them.

Seeds of one model believe in the same words, and a search finds those. A regression on counts of
k-mers errs in other ways: its intervals are wide, and hold what it does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from seq2score.certainty import conformal
from seq2score.certainty.certain import Certain, widened
from seq2score.evaluation.floors import FEATURES, Linear, ridge
from seq2score.evaluation.resampling import units_of
from seq2score.inference.predictions import score_matrix
from seq2score.sequences.encoding import encode
from seq2score.sequences.transforms import BACK, FORTH

COUNTS = FEATURES["k-mers"]


@dataclass(frozen=True)
class Regression:
    """A ridge regression on counts of k-mers, of each score.

    fits: a regression a score. reach: of their intervals to each side, float (outputs,), on the
    scale that was learned, which is transform's.
    """

    fits: list[Linear]
    reach: np.ndarray
    transform: str

    @classmethod
    def fit(
        cls, train: pa.Table, validation: pa.Table, record: Mapping, level: float
    ) -> "Regression":
        """Fit to the train set; the validation set chooses the penalty and sets the intervals.

        A sequence that stands there several times counts once in the intervals.

        record: of the model beside which it stands. level: of the intervals.
        """
        transform, fits, reach = record["score_transform"], [], []
        counts, held_out = (COUNTS(encode(part["sequence"])) for part in (train, validation))
        distinct = units_of(validation, {"method": "random"}, both_strands=False)
        of_each = distinct.representatives(np.random.default_rng(0))
        for name in record["outputs"]:
            learned, truth = (
                FORTH[transform](score_matrix(part, [name])) for part in (train, validation)
            )
            known = np.isfinite(truth[:, 0])
            tried = [
                (abs(fit(held_out[known]) - truth[known])[:, 0], fit)
                for fit in ridge(counts, learned)
            ]
            errors, best = min(tried, key=lambda item: (item[0] ** 2).mean())
            fits.append(best)
            of_rows = np.full(len(known), np.nan)
            of_rows[known] = errors
            counted = of_rows[of_each]
            reach.append(conformal.quantile(counted[np.isfinite(counted)], level))
        return cls(fits, np.array(reach), transform)

    def widen(self, certain: Certain, encoded: np.ndarray) -> Certain:
        """Intervals that hold also those of the regression. encoded: uint8 (n, length)."""
        counts = COUNTS(encoded)
        middle = np.hstack([fit(counts) for fit in self.fits])
        lower, upper = (BACK[self.transform](middle + sign * self.reach) for sign in (-1, 1))
        return widened(certain, replace(certain, lower=lower, upper=upper))
