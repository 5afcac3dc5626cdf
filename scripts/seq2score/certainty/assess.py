"""Predict with certainty: a trained model, or the ensemble of its seeds, and its calibrations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score.certainty import calibrate, novelty
from seq2score.certainty import calibration as calibrations
from seq2score.certainty.calibration import Calibration, NoveltyReference
from seq2score.certainty.certain import (
    Certain,
    all_or_none,
    calibrate_ensemble,
    joined,
    noise_of_all,
    of_classes,
    of_scores,
)
from seq2score.certainty.measured import MeasuredPairs
from seq2score.errors import InputError
from seq2score.inference.prediction import Ensemble, Predictor, load, load_seeds
from seq2score.inference.predictions import places_of
from seq2score.sequences.encoding import encode, encode_file
from seq2score.sequences.hashing import sequence_hashes
from seq2score.sequences.kmers import kmer_counts
from seq2score.sequences.transforms import FORTH

MOST_FEATURES = 1024  # of a last hidden layer; a wider one is no summary of a sequence


@dataclass(frozen=True)
class CalibratedModel:
    """A model that predicts with intervals at `level`.

    calibrations: of each of the model's members and, of several, that of their ensemble.
    """

    model: Ensemble
    calibrations: Sequence[Calibration]
    level: float

    @classmethod
    def of_files(
        cls,
        weights: Sequence[str | Path],
        certainty: Sequence[str | Path],
        level: float,
        device: str | torch.device = "cpu",
    ) -> "CalibratedModel":
        """The ensemble of some seeds, by the files of their weights and of the calibrations."""
        read = [calibrations.load(path) for path in certainty]
        return cls(load_seeds(weights, device), read, level)

    def predict(self, encoded: np.ndarray, inputs: np.ndarray | None = None) -> Certain:
        """Predictions of sequences, uint8 (n, length), with what is known of their certainty."""
        return with_certainty(self.model, self.calibrations, encoded, self.level, inputs)

    def calibrated_together(
        self, tables: Sequence[str | Path], held_out: str | Path | None
    ) -> "CalibratedModel":
        """The same with a calibration of its members together, where these are not all seeds.

        tables: files of each member's predictions of the rows that intervals rest on. held_out:
        the file of these rows.
        """
        if len(tables) < 2:
            return self
        assert held_out is not None, "several members come with the rows that they are held to"
        of_all = calibrate_ensemble(
            [pq.read_table(path) for path in tables],
            sequence_hashes(encode_file(held_out)),
            self.calibrations,
        )
        return replace(self, calibrations=[*self.calibrations, of_all])


def with_certainty(
    model: Ensemble,
    calibrations_: Sequence[Calibration],
    encoded: np.ndarray,
    level: float,
    inputs: np.ndarray | None = None,
) -> Certain:
    """Predict sequences, with intervals at `level`.

    calibrations_: of each of the model's members and, of several, that of their ensemble. encoded:
    uint8 (n, length). inputs: their covariates, as `predict` takes them.
    """
    members = [
        _of_one(member, calibration, encoded, level, inputs)
        for member, calibration in zip(model.members, calibrations_, strict=False)
    ]
    if len(members) == 1:
        return members[0]
    each = np.concatenate([member.each for member in members])
    scales = all_or_none([member.scale for member in members])
    noise = noise_of_all([member.noise for member in members])
    return joined(
        each, scales, [member.novelty for member in members], noise, calibrations_[-1], level
    )


def calibrate_model(
    model: Predictor,
    train: pa.Table,
    held_out: pa.Table,
    measured: np.ndarray,
    basis: str,
    split: Mapping | None = None,
) -> Calibration:
    """Of a single model.

    Parameters
    ----------
    train : training sequences to compare with, and the columns of the model's inputs
    held_out : sequences, scores, and the columns of the model's inputs
    measured : float (2, outputs), lowest and highest score of the train set; of classes, (2, 0)
    basis : what the held-out rows are, in words
    split : how they were split, as `MeasuredPairs.of_split` takes it; by default each row is one
    """
    encoded, record = encode(held_out["sequence"]), model.record
    inputs = model.covariates(held_out)
    spaces = features(model, encoded, inputs)
    trained = features(model, encode(train["sequence"]), model.covariates(train))
    around = NoveltyReference.of(trained, spaces)
    predicted = model.predict_each(encoded, inputs)[0]
    metadata = {"basis": basis, "scale": record["score_transform"]}
    if record["classes"]:
        label = places_of(held_out["score"], record["classes"])
        return calibrate.of_classes(label, predicted, metadata, around)
    forth = FORTH[record["score_transform"]]
    scores = [held_out[name].cast(pa.float64()).to_numpy() for name in record["outputs"]]
    places = around.places(spaces)
    distance = novelty.distance(places, around.trained)
    calibrated = calibrate.of_scores(
        forth(np.stack(scores, axis=1)),
        forth(predicted),
        _further(distance, model.noise(encoded, inputs), len(scores)),
        places,
        measured,
        sequence_hashes(encoded),
        metadata,
        around,
    )
    if split is None:
        pairs = MeasuredPairs.of(held_out, record["outputs"], inputs=model.inputs.names)
    else:
        pairs = MeasuredPairs.of_split(held_out, record["outputs"], split)
    return pairs.calibrate(calibrated, predicted)


def features(
    model: Ensemble, encoded: np.ndarray, inputs: np.ndarray | None = None
) -> list[np.ndarray]:
    """What a single model makes of sequences before its last layer, and their k-mers: (n, f) each.

    Without the former where it has no such layer, or a very wide one.
    """
    try:
        narrow = model.embed(encoded[:1]).shape[1] <= MOST_FEATURES
    except InputError:
        narrow = False
    return [*([model.embed(encoded, inputs)] if narrow else []), kmer_counts(encoded)]


def load_calibrated(
    folder: str | Path, device: str = "cpu", *, trust_code: bool = False
) -> tuple[Ensemble, list[Calibration]]:
    """A trained model, or the ensemble of its seeds, and its calibrations.

    folder, device, trust_code: as for `load`. Raises InputError where there is no model, or one
    without calibration.
    """
    folder = Path(folder)
    model = load(folder, device, trust_code=trust_code)
    places = [folder]
    if not (folder / "model.json").exists():
        places = [folder / f"seed{member.record['seed']}" for member in model.members]
        places += [folder / "ensemble"] if len(places) > 1 else []
    return model, [calibrations.load(path / "calibration.safetensors") for path in places]


def _of_one(
    model: Predictor,
    calibration: Calibration,
    encoded: np.ndarray,
    level: float,
    inputs: np.ndarray | None,
) -> Certain:
    each, around = model.predict_each(encoded, inputs), calibration.reference
    assert around is not None, "the calibration of a single model has a novelty reference"
    places = around.places(features(model, encoded, inputs))
    distance = novelty.distance(places, around.trained)
    new = novelty.percentile(distance, around.distances)
    if model.record["classes"]:
        return of_classes(each, new, calibration, level)
    noise = model.noise(encoded, inputs)
    further = _further(distance, noise, len(calibration.errors))
    return of_scores(each, new, further, places, calibration, level, noise)


def _further(distance: np.ndarray, noise: np.ndarray | None, outputs: int) -> np.ndarray:
    """What errors may grow with, float (n, outputs, k).

    distance: float (n,), from the training sequences, the same for each output. noise: float
    (n, outputs), where the model tells it.
    """
    far = np.repeat(distance[:, None], outputs, axis=1)
    return np.stack([far] if noise is None else [far, noise], axis=2)
