"""How well contrasts of scores are predicted, and whether conditions are told apart at all."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from seq2score.evaluation.evaluate import ceilings, evaluate
from seq2score.evaluation.resampling import Units
from seq2score.inference.contrasts import Section, single

NOTHING = "no specificity found: predictions of the contrast do not go with what was measured"


def measure_contrasts(
    table: pa.Table,
    section: Section,
    transform: str = "none",
    weight: str | None = None,
    units: Units | None = None,
    replicates: Mapping[str, Sequence[str]] = {},
) -> dict[str, dict]:
    """Metrics of each contrast, as of a score alone, and its own ceiling.

    Parameters
    ----------
    table
        Of predictions of the scores.
    section
        The contrasts: weights of scores, by name.
    transform
        Of the scores; contrasts are on the scale on which these are learned.
    weight
        A column of sample weights.
    units
        What intervals resample; without them there are none, and no finding.
    replicates
        By score, the columns of its replicates. Noise of a difference is larger than that of a
        score, so a contrast has a ceiling of its own.

    Returns
    -------
    dict
        By contrast, as from `evaluate`; with units `finding` too, whether the model tells the
        conditions apart.
    """
    measured = {}
    for name in section:
        alone, columns = single(table, name, section, transform, replicates)
        metrics = evaluate(alone, weight, units)
        if units:
            metrics |= ceilings(alone, columns, units, "none")
            metrics["finding"] = _finding(metrics)
        measured[name] = metrics
    return measured


def _finding(metrics: Mapping) -> str:
    """Whether a contrast is predicted at all: its correlation's interval lies above 0."""
    if metrics["pearson"] is None or not metrics["pearson_ci"][0] > 0:
        return NOTHING
    low, high = metrics["pearson_ci"]
    return f"conditions are told apart: r = {metrics['pearson']:.2f} ({low:.2f} to {high:.2f})"
