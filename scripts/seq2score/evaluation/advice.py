"""What a reader should know before trusting a model, and what to do about it, in sentences."""

from collections.abc import Mapping, Sequence

import numpy as np

from seq2score.evaluation.ceiling import NOTE
from seq2score.evaluation.contrasts import NOTHING
from seq2score.evaluation.convergence import fall_at_the_end
from seq2score.sequences.transforms import EXPRESSIONS, FORTH
from seq2score.task import task_measured

MUCH_BETTER = (
    0.1  # on train than on validation, in R2 or AUROC: the model has learned rows by heart
)
FITS_WELL = 0.75  # of the train set, in R2 or AUROC
MANY_NOVEL = 0.2  # of the test set, where a tenth is usual
YARDSTICKS = ("linear",)  # architectures that are there to be beaten


def judged_by(metrics: Mapping[str, object]) -> str:
    """The metric that models are judged by: on the scale that they learned the score on."""
    name = task_measured(metrics).judged_by
    scaled = [f"{transform}_{name}" for transform in FORTH]
    return next((scale for scale in scaled if scale in metrics), name)


def best_floor(floors: Mapping[str, Mapping]) -> str:
    """The floor that is best on the validation set, by the metric that models are judged by.

    Parameters
    ----------
    floors
        Metrics by the floor's name.
    """
    name = judged_by(next(iter(floors.values()))["validation"])
    return max(floors, key=lambda floor: or_nothing(floors[floor]["validation"][name]))


def warnings(
    metrics: dict, records: Sequence[dict], histories: Sequence[Mapping], floors: dict
) -> list[str]:
    """Sentences on one run, judged on the validation set.

    Parameters
    ----------
    metrics
        Of metrics.json.
    records, histories
        Of the seeds behind the run: model.json, and columns of history.tsv.
    floors
        Metrics by the floor's name.
    """
    name, chance = judged_by(metrics), task_measured(metrics).chance
    reached = or_nothing(metrics["validation"][name])
    falls = [fall for fall in map(fall_at_the_end, histories) if fall is not None]
    sentences = []
    if not reached > chance:
        sentences.append(f"validation {name} is not above {chance:g}")
    best = best_floor(floors)
    to_beat = or_nothing(floors[best]["validation"][name])
    if reached <= to_beat:
        advice = _against_a_floor(metrics, records, bool(falls), name)
        sentences.append(
            f"does not beat {best}: validation {name} {reached:.3f} against {to_beat:.3f}. {advice}"
        )
    if falls:
        sentences.append(
            f"was still improving when its epochs ended: over the last ones the validation loss "
            f"fell by {max(falls):.0%}. Try more training.epochs"
        )
    return (
        sentences
        + _too_narrow(metrics)
        + _left_out(metrics)
        + _of_another_kind(metrics)
        + _beyond_the_ceiling(metrics)
        + _not_apart(metrics, floors)
    )


def noise_text(rows: Sequence[Mapping]) -> str:
    """What replicates say of the ceiling, in words; "" without any.

    Parameters
    ----------
    rows
        The models of summary.tsv.
    """
    row = rows[0]
    note = row.get(NOTE) or ""
    if row.get("ceiling_r2") is None:
        return note
    low, high = row["ceiling_r2_low"], row["ceiling_r2_high"]
    text = (
        f"Replicates correlate with r = {row['replicates_pearson']:.3f} on average; for their "
        f"mean, noise sets a ceiling of R² = {row['ceiling_r2']:.3f} ({low:.3f} to {high:.3f}) and "
        f"Pearson = {row['ceiling_pearson']:.3f} (Spearman and Brown)."
    )
    beyond = [
        model for model in rows if model["r2"] is not None and model["r2"] > row["ceiling_r2"]
    ]
    if any(model["r2"] > high for model in beyond):
        text += (
            " A model lies above that interval, so the ceiling does not hold here: the replicates "
            "are noisier than the score, on another scale, or not what it is the mean of."
        )
    elif beyond:
        text += " A model above it lies within its interval: nothing is left to gain beyond noise."
    return f"{text} {note}".rstrip()


def scale_text(rows: Sequence[Mapping]) -> str:
    """What a transformed score means for the metrics, in words; "" where it was not transformed.

    Parameters
    ----------
    rows
        The models of summary.tsv.
    """
    transform = next((t for t in FORTH if rows[0].get(f"{t}_r2") is not None), None)
    if transform is None:
        return ""
    text = (
        f"Models learned {EXPRESSIONS[transform].format('score')}, and are judged on that scale; "
        "the other metrics are of the score itself. Predictions are nearer to the median of the "
        "score than to its mean"
    )
    smeared = [row for row in rows if row.get("smeared_r2") is not None]
    return text + (
        "; with means by Duan's smearing, R² of the score would be "
        + ", ".join(f"{row['smeared_r2']:.3f} ({row['model']})" for row in smeared)
        + "."
        if smeared
        else "."
    )


def _against_a_floor(metrics: dict, records: Sequence[dict], improving: bool, name: str) -> str:
    """What to change first in a model that a simple regression beats."""
    if improving:
        return "Train it for longer: training.epochs"
    if any(record.get("architecture") in YARDSTICKS for record in records):
        return "It is a yardstick, and a network can do better: `preset: library`"
    gap = or_nothing(metrics["train"][name]) - or_nothing(metrics["validation"][name])
    if gap > MUCH_BETTER:
        return (
            f"It fits the train set far better ({metrics['train'][name]:.3f}): try more dropout or "
            "training.weight_decay, fewer filters, training.early_stopping, or `preset: library`"
        )
    if (fitted := or_nothing(metrics["train"][name])) > FITS_WELL:
        return (
            f"It fits the train set as well as it does others ({fitted:.3f}), so that more filters "
            "would help before more dropout; or try `preset: library`"
        )
    return (
        "It does not fit the train set either: try `preset: library` (`preset: kmers` for exact "
        "rules on short sequences), another training.learning_rate, or more filters"
    )


def _too_narrow(metrics: dict) -> list[str]:
    """Intervals that hold fewer true scores than chance allows."""
    sentences = []
    for name, of_output in {"": metrics, **metrics.get("outputs", {})}.items():
        low, _ = of_output.get("coverage_band", (0, 1))
        if "coverage" in of_output and of_output["coverage"] < low:
            of = f" of {name}" if name else ""
            sentences.append(
                f"intervals{of} at {of_output['intervals']['level']:g} hold "
                f"{of_output['coverage']:.3f} of the test scores, where chance allows {low:.3f} or "
                "more"
            )
    return sentences


def _left_out(metrics: dict) -> list[str]:
    """Classes that sets of classes hold less often than their level, which is a mean over rows."""
    inside = metrics.get("intervals", {})
    return [
        f"sets of classes at {inside['level']:g} hold {of_class['class']} in "
        f"{of_class['coverage']:.3f} of its rows: the level is a mean over all rows"
        for of_class in inside.get("by_class", [])
        if of_class["n"] and of_class["coverage"] < of_class["coverage_band"][0]
    ]


def _of_another_kind(metrics: dict) -> list[str]:
    """A test set that lies farther from the train set than the rows that intervals rest on."""
    if not metrics.get("novel") or metrics["novel"] < max(MANY_NOVEL, metrics["novel_band"][1]):
        return []
    inside = []
    for name, of_output in (metrics.get("outputs") or {"": metrics}).items():
        last = of_output["intervals"]["by_novelty"][-1]
        if last["n"]:
            inside.append(f"{last['coverage']:.3f}{f' of {name}' if name else ''}")
    basis = metrics["intervals"]["basis"]
    return [
        f"{metrics['novel']:.0%} of the test set lie farther from the train set than nine in ten "
        f"rows of the {basis}, which intervals are promised for; among these, they hold "
        f"{', '.join(inside)} of the scores"
    ]


def _beyond_the_ceiling(metrics: dict) -> list[str]:
    """Said of a model that does better than noise should allow, beyond chance."""
    name = judged_by(metrics)
    high = metrics.get(f"{name.removesuffix('r2')}ceiling_r2_ci", [None, None])[1]
    if high is None or not np.isfinite(high) or not or_nothing(metrics[name]) > high:
        return []
    return [
        f"{name} {metrics[name]:.3f} lies above the ceiling of the replicates, which is at most "
        f"{high:.3f}: they are noisier than the score, on another scale, or not what it is the "
        "mean of, or test rows stand in the train set too"
    ]


def _not_apart(metrics: Mapping, floors: Mapping) -> list[str]:
    """Contrasts that a model does not predict, or no better than the best floor does."""
    sentences = []
    for name, measured in metrics.get("contrasts", {}).items():
        known = {floor: of["contrasts"][name] for floor, of in floors.items() if "contrasts" in of}
        best = max(known, key=lambda floor: or_nothing(known[floor]["r2"]), default="")
        if measured["finding"] == NOTHING:
            sentences.append(f"contrast {name}: {NOTHING}")
        elif best and or_nothing(measured["r2"]) <= or_nothing(known[best]["r2"]):
            sentences.append(f"contrast {name}: does not beat {best}")
    return sentences


def or_nothing(value: float | None) -> float:
    """A metric for comparisons: what has no meaning is the worst."""
    return -np.inf if value is None else value
