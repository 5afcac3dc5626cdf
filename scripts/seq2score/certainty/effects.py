"""Do intervals of effects hold as many measured differences of a test set as they should?"""

import numpy as np
import pyarrow as pa

from seq2score.certainty import differences
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.coverage import band
from seq2score.certainty.measured import MeasuredPairs
from seq2score.certainty.pairs import KINDS
from seq2score.evaluation.resampling import design_effect
from seq2score.inference.predictions import outputs_in, truth_and_prediction

ENDS = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)  # between which reliability is told


def effects(
    table: pa.Table, calibration: Calibration, level: float, measured: MeasuredPairs
) -> dict[str, dict]:
    """What pairs of a test set say of intervals of effects and of `p_positive`, by score.

    Both are of measured differences here, with their noise, for these can be looked at. `by_kind`
    has coverage with its band, the mean width, and the share of intervals without 0; `reliability`
    how many differences are above 0 where `p_positive` lies between two values.

    Parameters
    ----------
    table
        Of predictions.
    calibration
        That the intervals come from.
    level
        Of the intervals.
    measured
        Pairs of the table's rows.
    """
    contrasts, pairs, each = measured.contrasts, measured.pairs, {}
    score, effect = (
        values[pairs.second] - values[pairs.first]
        for values in map(contrasts.extended, truth_and_prediction(table))
    )
    judged = differences.judge(
        calibration.differences, effect, pairs.letters, pairs.kind, level, as_measured=True
    )
    for output, name in enumerate([*outputs_in(table), *contrasts.names]):
        low, high, positive = judged[:, :, output]
        known = np.isfinite(score[:, output]) & np.isfinite(low)
        by_kind = []
        for kind, of_kind in enumerate(calibration.differences[output]):
            rows = known & (pairs.kind == kind)
            if of_kind and rows.any():
                inside = (low <= score[:, output]) & (score[:, output] <= high)
                by_kind.append(
                    {
                        "kind": KINDS[kind],
                        **_coverage(inside[rows], pairs.unit[rows], of_kind.units, level),
                        "mean_width": float((high - low)[rows].mean()),
                        "without_zero": float(((low > 0) | (high < 0))[rows].mean()),
                        "slope": float(of_kind.slope[0]),
                        "without_noise": float(of_kind.without_noise[0]),
                    }
                )
        each[name] = {
            "level": level,
            "basis": calibration.metadata["basis"],
            "by_kind": by_kind,
            "reliability": _reliability(positive[known], score[known, output] > 0),
        }
    return each


def _coverage(inside: np.ndarray, unit: np.ndarray, calibrated_on: int, level: float) -> dict:
    times = design_effect(unit, inside)
    return {
        "pairs": len(inside),
        "coverage": float(inside.mean()),
        "coverage_band": band(level, calibrated_on, max(round(len(inside) / times), 1)),
    }


def _reliability(probability: np.ndarray, positive: np.ndarray) -> list[dict]:
    """Of both directions of each pair, as it has none of its own."""
    probability = np.concatenate([probability, 1 - probability])
    positive = np.concatenate([positive, ~positive])
    bins = np.clip(np.digitize(probability, ENDS) - 1, 0, len(ENDS) - 2)
    return [
        {
            "lowest": ENDS[b],
            "highest": ENDS[b + 1],
            "n": int((bins == b).sum()),
            "p_positive": float(probability[bins == b].mean()),
            "share_positive": float(positive[bins == b].mean()),
        }
        for b in range(len(ENDS) - 1)
        if (bins == b).any()
    ]
