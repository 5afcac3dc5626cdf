"""Do the intervals hold as many true scores as they should?"""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.special import betaln

from seq2score.certainty import conformal
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.certain import SEPARATOR
from seq2score.evaluation.resampling import Units, design_effect, every_row
from seq2score.inference.predictions import (
    INTERVAL,
    classes_in,
    outputs_in,
    truth_and_prediction,
)
from seq2score.sequences.transforms import FORTH
from seq2score.task import REGRESSION

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
PARTS = 10  # of the rows, by prediction; and of novelty
NOVEL = 90  # a novelty that one held-out row in ten is above

Coverage = dict[str, object]


def coverage(
    table: pa.Table, calibration: Calibration, level: float, units: Units | None = None
) -> Coverage:
    """What a test set says of the intervals (or sets of classes) at `level`.

    table: of predictions. calibration: the calibration that its intervals come from. units: of the
    rows; each row is one by default.
    `coverage` is the share of true scores inside, `coverage_band` where it lies in 95% of test
    sets if intervals are exact, `mean_width` how wide they are (`mean_set_size` of classes),
    `novel` the share of rows above a novelty of 90 and `novel_band` where it lies in 95% of test
    sets that are drawn as the held-out rows were. `intervals` holds the rest: coverage at other
    levels, by tenth of the prediction or by class, and by novelty, from 0 to 10 and so on.
    Of several scores these are means (without a band), and `outputs` has each one's own.
    """
    units = units or every_row(len(table))
    if classes_in(table):
        return _of_classes(table, calibration, level, units)
    each = {
        name: _of_output(table, calibration, level, output, units)
        for output, name in enumerate(outputs_in(table))
    }
    novel = _novel(table, calibration, units)
    if len(each) == 1:
        return each.popitem()[1] | novel
    means = {
        key: _mean([of_output[key] for of_output in each.values()])
        for key in ("coverage", "mean_width")
    }
    return {**means, **novel, "intervals": _basis(calibration, level), "outputs": each}


def _of_output(
    table: pa.Table, calibration: Calibration, level: float, output: int, units: Units
) -> Coverage:
    """Coverage of one score's intervals."""
    truth, predicted = (values[:, output] for values in truth_and_prediction(table))
    known, errors = np.isfinite(truth), calibration.errors[output]
    score, prediction = truth[known], predicted[known]
    name = REGRESSION.quantities(outputs_in(table))[output]
    lower, upper, scale = (table[name + end].to_numpy()[known] for end in INTERVAL)
    forth = FORTH[calibration.metadata["scale"]]
    ratio = abs(forth(score) - forth(prediction)) / scale
    unit = units.number[known]

    def held(level: float, rows: np.ndarray | slice = slice(None)) -> Coverage:
        inside = ratio[rows] <= conformal.quantile(errors.ratios, level)
        return _share(inside, level, len(errors.ratios), unit[rows])

    tenths = np.array_split(np.argsort(prediction, kind="stable"), PARTS)
    return {
        **held(level),
        "mean_width": _mean(upper - lower),
        "intervals": {
            **_basis(calibration, level),
            "by_level": [held(other) for other in LEVELS],
            "by_tenth": [
                {"lowest": float(prediction[rows[0]]), "highest": float(prediction[rows[-1]])}
                | held(level, rows)
                for rows in tenths
                if len(rows)
            ],
            "by_novelty": [
                end | held(level, rows) for end, rows in _tenths_of_novelty(table, known)
            ],
        },
    }


def _mean(values: Sequence[Any] | np.ndarray) -> float | None:
    """The mean of those that there are; a score that no test row has gives none."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def with_coverage(metrics: dict, coverage: dict) -> dict:
    """Metrics with what there is to say of the intervals, of each score where there are several."""
    outputs = {
        name: with_coverage(of_output, coverage["outputs"][name])
        for name, of_output in metrics.get("outputs", {}).items()
    }
    added = {key: coverage[key] for key in coverage if key not in ("n", "level", "outputs")}
    return metrics | added | ({"outputs": outputs} if outputs else {})


def band(level: float, calibrated_on: int, tested_on: int, times: float = 1.0) -> list[float]:
    """Between which shares of a test set exact intervals hold the truth, [low, high].

    The middle 95% of the beta-binomial distribution: what chance does to both the held-out rows
    that the intervals come from and the test rows (Vovk 2012). With many of the former it is the
    binomial one. Where errors are continuous, that is; where they tie, coverage can only be higher.
    times: how many rows tell as much as one, of both (`design_effect`).
    """
    rank = math.ceil(round(level * (calibrated_on + 1), 9))
    if rank > calibrated_on or not tested_on:
        return [1.0, 1.0] if rank > calibrated_on else [0.0, 1.0]
    count = max(round(tested_on / times), 1)
    return _quantiles(count, rank / times, (calibrated_on + 1 - rank) / times)


@cache
def _quantiles(n: int, a: float, b: float) -> list[float]:
    """Where a beta-binomial share leaves a fortieth on either side."""
    count = np.arange(n + 1)
    ways = -np.log(n + 1) - betaln(n - count + 1, count + 1)
    below = np.exp(ways + betaln(count + a, n - count + b) - betaln(a, b)).cumsum()
    return [np.searchsorted(below, share).item() / n for share in (0.025, 0.975)]


def _share(inside: np.ndarray, level: float, calibrated_on: int, unit: np.ndarray) -> Coverage:
    """Of what is independent among the rows; held-out rows are taken to repeat as these do."""
    times = design_effect(unit, inside)
    return {
        "level": level,
        "n": len(inside),
        "coverage": float(inside.mean()) if len(inside) else None,
        "coverage_band": band(level, calibrated_on, len(inside), times),
    }


def _tenths_of_novelty(
    table: pa.Table, known: np.ndarray | None = None
) -> Iterator[tuple[dict, np.ndarray]]:
    """From how much novelty to how much, and which rows, of those with a score, lie there."""
    novelty = table["novelty"].to_numpy()[slice(None) if known is None else known]
    tenth = np.clip(np.ceil(novelty / 100 * PARTS) - 1, 0, PARTS - 1)
    for part in range(PARTS):
        ends = {"lowest": 100 * part / PARTS, "highest": 100 * (part + 1) / PARTS}
        yield ends, np.flatnonzero(tenth == part)


def _novel(table: pa.Table, calibration: Calibration, units: Units) -> Coverage:
    """How many rows lie farther from the train set than nine in ten held-out rows do."""
    novel = table["novelty"].to_numpy() > NOVEL
    times = design_effect(units.number, novel)
    low, high = band(NOVEL / 100, calibration.metadata["rows"], len(novel), times)
    share = float(novel.mean()) if len(novel) else None
    return {"novel": share, "novel_band": [1 - high, 1 - low]}


def _basis(calibration: Calibration, level: float) -> Coverage:
    return {"level": level, **{key: calibration.metadata[key] for key in ("basis", "rows")}}


def _of_classes(table: pa.Table, calibration: Calibration, level: float, units: Units) -> Coverage:
    label, probability = truth_and_prediction(table)
    classes = classes_in(table)
    assert classes, "a table of scores has none"
    surprise, (errors,) = conformal.surprise(probability, label), calibration.errors
    best = probability.argmax(axis=1) == label
    calibrated_on = len(errors.ratios)

    def held(level: float) -> np.ndarray:
        return best | (surprise <= conformal.quantile(errors.ratios, level))

    sizes = [text.count(SEPARATOR) + 1 for text in table["prediction_set"].to_pylist()]
    by_class = [
        {
            "class": name,
            **_share(
                held(level)[label == number], level, calibrated_on, units.number[label == number]
            ),
        }
        for number, name in enumerate(classes)
    ]
    by_level = [_share(held(other), other, calibrated_on, units.number) for other in LEVELS]
    by_novelty = [
        end | _share(held(level)[rows], level, calibrated_on, units.number[rows])
        for end, rows in _tenths_of_novelty(table)
    ]
    parts = {"by_level": by_level, "by_class": by_class, "by_novelty": by_novelty}
    return {
        **_share(held(level), level, calibrated_on, units.number),
        "mean_set_size": float(np.mean(sizes)),
        **_novel(table, calibration, units),
        "intervals": {**_basis(calibration, level), **parts},
    }
