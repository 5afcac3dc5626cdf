"""How well predicted effects agree with measured ones."""

from collections.abc import Callable, Sequence

import numpy as np

from seq2score.evaluation import metrics
from seq2score.evaluation.intervals import with_intervals
from seq2score.evaluation.resampling import every_row

FEWEST = 3  # pairs of a measured and a predicted effect
SHOWN = 10


def as_numbers(measured: Sequence[str | None]) -> tuple[np.ndarray | None, list[str]]:
    """Measured effects as float (n,), NaN where missing, or None where they are labels.

    Beside them the two classes, where there are no more: labels, or the numbers 0 and 1.
    """
    given = {text for text in measured if text is not None}
    if not all(map(is_number, given)):
        return None, sorted(given)
    values = np.array([np.nan if text is None else float(text) for text in measured])
    classes = sorted(given, key=float) if {float(text) for text in given} <= {0.0, 1.0} else []
    return values, classes if len(classes) == 2 else []


def is_number(text: str) -> bool:
    """Whether a measured effect is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def wrong_labels(labels: set[str]) -> str:
    """Why measured effects of these labels cannot be compared, "" where they can."""
    values, classes = as_numbers(sorted(labels))
    words = [text for text in classes if not is_number(text)]
    if values is not None or len(words) == len(classes) == 2:
        return ""
    some = ", ".join(map(repr, [*dict.fromkeys([*words, *classes])][:SHOWN]))
    return f"measured effects are numbers, or labels of two classes; there are {some}"


def compare(effects: np.ndarray, measured: Sequence[str | None], output: str) -> list[dict]:
    """A row a metric: its value and 95% interval, over the variants with a measured effect.

    Numbers are compared by Pearson's and Spearman's correlation and by the share of pairs of the
    same sign (those that are measured as 0 left out); two classes by the area under the ROC curve
    of the effect, which is that of the second class. Intervals resample variants: they say how far
    other variants of the same sequences would have moved the value, and not how far other sequences
    would have.

    Parameters
    ----------
    effects
        That are predicted, float (n,).
    measured
        As `as_numbers` takes them, n.
    output
        Its name.
    """
    values, classes = as_numbers(measured)
    if values is None or classes:
        present = np.array([text is not None for text in measured])
        positive = np.array([text == classes[1] for text in measured])[present]
        intervals = _intervals(metrics.separation(positive, effects[present]), positive.size)
        note = f"{classes[1]!r} against {classes[0]!r}"
        return [
            {"output": output, "metric": "auroc", "n": positive.size, **intervals["auroc"]}
            | {"about": note}
        ]
    present = np.isfinite(values) & np.isfinite(effects)
    effects, values = effects[present], values[present]
    if present.sum() < FEWEST:
        return []
    intervals = _intervals(metrics.regression(values, effects), len(values))
    rows = [(name, len(values), intervals[name], "") for name in ("pearson", "spearman")]
    signed = values != 0
    if signed.sum() >= FEWEST:
        agree = np.sign(values[signed]) == np.sign(effects[signed])
        share = _intervals(_mean("sign_agreement", agree), len(agree))["sign_agreement"]
        rows.append(("sign_agreement", len(agree), share, "share of effects with the same sign"))
    return [
        {"output": output, "metric": name, "n": n, **value, "about": note}
        for name, n, value, note in rows
    ]


def _mean(name: str, values: np.ndarray) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    return lambda weights: {name: weights @ values / weights.sum(axis=1)}


def _intervals(metric: metrics.Metrics, n: int) -> dict[str, dict]:
    values = with_intervals(metric, np.ones(n), every_row(n))
    names = [name for name in values if not name.endswith("_ci")]
    return {
        name: {
            "value": values[name],
            "low": values[f"{name}_ci"][0],
            "high": values[f"{name}_ci"][1],
        }
        for name in names
    }
