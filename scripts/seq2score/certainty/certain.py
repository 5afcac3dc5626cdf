"""Predictions with what is known of their certainty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.certainty import calibrate, conformal
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.calibration import load as load_calibration
from seq2score.certainty.measured import MeasuredPairs
from seq2score.inference.predictions import (
    NOISE,
    classes_in,
    columns,
    mean_of,
    outputs_in,
    truth_and_prediction,
)
from seq2score.sequences.encoding import encode_file
from seq2score.sequences.hashing import sequence_hashes
from seq2score.sequences.transforms import BACK, FORTH
from seq2score.task import REGRESSION

SEPARATOR = " | "  # between the classes of a set
SIDES = {1: "above", -1: "below", 0: ""}


@dataclass(frozen=True)
class Certain:
    """Predictions of n sequences, and how far they can be trusted.

    each: float (members, n, outputs or classes), what each seed predicts. predicted: their mean,
    float (n, outputs or classes). novelty: float (n,), a percentile of held-out sequences.
    Of scores: scale, the expected absolute error on the scale that the model learnt on; lower and
    upper, infinite where held-out rows were too few for the level; beyond, 1 where the prediction
    is above all scores of the train set, -1 where it is below; all (n, outputs). noise: where the
    model tells it, the noise's standard deviation on the scale of `scale`, float (n, outputs).
    Of classes: held, bool (n, classes), those that each may have.
    """

    each: np.ndarray
    predicted: np.ndarray
    novelty: np.ndarray
    scale: np.ndarray | None = None
    lower: np.ndarray | None = None
    upper: np.ndarray | None = None
    beyond: np.ndarray | None = None
    held: np.ndarray | None = None
    noise: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> "Certain":
        """Of some of the sequences: int (m,), their rows."""
        known = {name: value for name, value in vars(self).items() if value is not None}
        return Certain(**{k: v[:, rows] if k == "each" else v[rows] for k, v in known.items()})

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """The lower and upper ends of the intervals of scores, float (n, outputs) each."""
        assert self.lower is not None and self.upper is not None, "classes have no intervals"
        return self.lower, self.upper

    def columns(self, outputs: Sequence[str], classes: Sequence[str] | None) -> dict:
        """As columns of a table: {name: array (n,)}. outputs, classes: of the model's record."""
        if classes:
            assert self.held is not None
            table = columns(self.predicted, outputs, classes)
            names = np.array(classes, dtype=object)
            sets = [SEPARATOR.join(names[held]) for held in self.held]
            first = {
                "prediction": table.pop("prediction"),
                "prediction_set": pa.array(sets, pa.string()),
            }
            return {**first, **table, "novelty": self.novelty}
        assert self.scale is not None
        (lower, upper), table = self.ends, {}
        for output, name in enumerate(REGRESSION.quantities(outputs)):
            table[name] = self.predicted[:, output]
            table[f"{name}_lower"], table[f"{name}_upper"] = lower[:, output], upper[:, output]
            table[f"{name}_scale"] = self.scale[:, output]
            if self.noise is not None:
                table[name + NOISE] = self.noise[:, output]
        return {**table, "novelty": self.novelty, "extrapolation": self._extrapolation(outputs)}

    def _extrapolation(self, outputs: Sequence[str]) -> pa.Array:
        """Where a prediction is above or below all that was measured in the train set."""
        assert self.beyond is not None
        said = []
        for row in self.beyond:
            words = [
                f"{name} {SIDES[side]}" for name, side in zip(outputs, row, strict=True) if side
            ]
            said.append(", ".join(words) if len(outputs) > 1 else SIDES[row[0]])
        return pa.array(said, pa.string())


def of_tables(tables: Sequence[pa.Table], calibration: Calibration, level: float) -> pa.Table:
    """An ensemble's table of predictions, from those of its members for the same rows.

    calibration: the ensemble's own calibration.
    """
    first, classes, outputs = tables[0], classes_in(tables[0]), outputs_in(tables[0])
    joint = joined(*_stacked(tables), calibration, level).columns(outputs, classes)
    return pa.table({name: joint.get(name, first[name]) for name in first.column_names})


def calibrate_ensemble(
    tables: Sequence[pa.Table],
    hashes: np.ndarray,
    members: Sequence[Calibration],
    measured: MeasuredPairs | None = None,
) -> Calibration:
    """Of an ensemble, from its members' tables of held-out rows and their calibrations.

    hashes: uint64 (n,), of the rows' sequences. measured: pairs of these rows, for intervals of
    differences.
    """
    truth, _ = truth_and_prediction(tables[0])
    each, scales, *_ = _stacked(tables)
    metadata = {"basis": members[0].metadata["basis"], "scale": members[0].metadata["scale"]}
    if scales is None:
        return calibrate.of_classes(truth, each.mean(axis=0), metadata)
    forth = FORTH[metadata["scale"]]
    ends = np.stack([errors.measured for errors in members[0].errors], axis=1)
    further = spread_and_scales(each, scales, metadata["scale"])
    nowhere, middle = np.empty((len(truth), 0), "f4"), forth(each.mean(axis=0))
    calibrated = calibrate.of_scores(forth(truth), middle, further, nowhere, ends, hashes, metadata)
    return measured.calibrate(calibrated, each.mean(axis=0)) if measured else calibrated


def join_members(
    tables: Mapping[str, Sequence[pa.Table]],
    certainty: Sequence[str | Path],
    held_out: Mapping[str, str | Path],
    level: float,
    split: Mapping,
) -> tuple[dict[str, pa.Table], Calibration]:
    """The ensemble's predictions of every part, and its calibration.

    Parameters
    ----------
    tables : of each part, the members' predictions
    certainty : files of the members' calibrations
    held_out : files of the rows of `calibration` and `validation`, on one of which intervals rest
    level : of the intervals
    split : how rows were split, as `MeasuredPairs.of_split` takes it
    """
    members = [load_calibration(path) for path in certainty]
    basis = members[0].metadata["basis"].split()[0]
    hashes = sequence_hashes(encode_file(held_out[basis]))
    first, measured = tables[basis][0], None
    if not classes_in(first):
        rows = pq.read_table(held_out[basis])
        measured = MeasuredPairs.of_split(rows, outputs_in(first), split)
    calibrated = calibrate_ensemble(tables[basis], hashes, members, measured)
    joint = {
        part: mean_of(of) if part == "train" else of_tables(of, calibrated, level)
        for part, of in tables.items()
    }
    return joint, calibrated


def _stacked(
    tables: Sequence[pa.Table],
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, np.ndarray | None]:
    """What members predict, float (members, n, outputs or classes); scales, novelties, noise."""
    each = np.stack([truth_and_prediction(table)[1] for table in tables])
    new = np.stack([table["novelty"].to_numpy() for table in tables])
    if classes_in(tables[0]):
        return each, None, new, None
    names = REGRESSION.quantities(outputs_in(tables[0]))

    def of(end: str) -> list[np.ndarray]:
        return [np.stack([table[name + end].to_numpy() for name in names], 1) for table in tables]

    tells = names[0] + NOISE in tables[0].column_names
    return each, np.stack(of("_scale")), new, noise_of_all(of(NOISE)) if tells else None


def joined(
    each: np.ndarray,
    scales: Sequence[np.ndarray] | np.ndarray | None,
    novelties: Sequence[np.ndarray] | np.ndarray,
    noise: np.ndarray | None,
    calibration: Calibration,
    level: float,
) -> Certain:
    """What an ensemble tells, from what its members do.

    Parameters
    ----------
    each : float (members, n, outputs or classes), their predictions
    scales : their expected errors, float (members, n, outputs); None where they tell classes
    novelties : their novelties, float (members, n)
    noise : float (n, outputs), from `noise_of_all`
    calibration : of the ensemble itself
    level : of the intervals or sets
    """
    new = np.mean(novelties, axis=0)
    if scales is None:
        return of_classes(each, new, calibration, level)
    further = spread_and_scales(each, scales, calibration.metadata["scale"])
    return of_scores(each, new, further, np.empty((len(new), 0), "f4"), calibration, level, noise)


def noise_of_all(members: Sequence[np.ndarray | None]) -> np.ndarray | None:
    """What an ensemble says of the noise: the root of its members' mean variance.

    members: their standard deviations, float (n, outputs), or None where they do not tell it; they
    are seeds of one model, and tell it all or none.
    """
    known = all_or_none(members)
    return np.sqrt(np.square(known).mean(axis=0)) if known else None


def all_or_none(values: Sequence[np.ndarray | None]) -> list[np.ndarray] | None:
    """What every member tells, or None where none does; of some alone, a mean would be of others.

    Raises
    ------
    ValueError
        Where some tell it and some do not.
    """
    known = [value for value in values if value is not None]
    if known and len(known) < len(values):
        raise ValueError(f"{len(known)} of {len(values)} members tell what all or none can")
    return known or None


def spread_and_scales(
    each: np.ndarray, scales: Sequence[np.ndarray] | np.ndarray, scale: str
) -> np.ndarray:
    """What an ensemble's errors may grow with, float (n, outputs, 2).

    The standard deviation between its members, and the mean error that they expect themselves.
    scale: the score's transformation.
    """
    return np.stack([FORTH[scale](each).std(axis=0, ddof=1), np.mean(scales, axis=0)], axis=2)


def widened(chosen: Certain, judged: Certain) -> Certain:
    """What is known of sequences that were chosen for what a model predicts.

    Their own intervals are too narrow: among many candidates, those come first that the model
    overrates, the more so the more there are (the winner's curse). What a judge says, another model
    that had no part in the choice, is not chosen for its errors; so an interval (or a set) that
    holds also what the judge's does fails only where both do. That assumes that the judge does not
    err where the model does, and is about as wrong on such sequences as on held-out ones.

    chosen, judged: of the same n sequences and outputs or classes.
    """
    if chosen.held is not None:
        return replace(chosen, held=chosen.held | judged.held)
    (lower, upper), (judged_lower, judged_upper) = chosen.ends, judged.ends
    return replace(
        chosen, lower=np.minimum(lower, judged_lower), upper=np.maximum(upper, judged_upper)
    )


def of_classes(
    each: np.ndarray, new: np.ndarray, calibration: Calibration, level: float
) -> Certain:
    """With the classes that each sequence may have. new: float (n,), novelty."""
    predicted = each.mean(axis=0)
    return Certain(
        each, predicted, new, held=conformal.sets(predicted, calibration.allowed(level)[0])
    )


def of_scores(
    each: np.ndarray,
    new: np.ndarray,
    further: np.ndarray,
    places: np.ndarray,
    calibration: Calibration,
    level: float,
    noise: np.ndarray | None = None,
) -> Certain:
    """With an interval for each score. new: float (n,), novelty; the rest as `Errors.parts`."""
    predicted, transform = each.mean(axis=0), calibration.metadata["scale"]
    middle = FORTH[transform](predicted)
    scale = np.stack(
        [
            errors.expect(middle[:, output], further[:, output], places)
            for output, errors in enumerate(calibration.errors)
        ],
        axis=1,
    )
    reach = calibration.allowed(level) * scale
    lowest, highest = np.stack([errors.measured for errors in calibration.errors], axis=1)
    return Certain(
        each,
        predicted,
        new,
        scale,
        BACK[transform](middle - reach),
        BACK[transform](middle + reach),
        (predicted > highest).astype(int) - (predicted < lowest),
        noise=noise,
    )
