"""Predict with certainty: a trained model, or the ensemble of its seeds, and its calibrations."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seq2score.certainty import calibration as calibrations
from seq2score.certainty import novelty
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.certain import Certain, joined, of_classes, of_scores
from seq2score.errors import InputError
from seq2score.evaluation.prediction import Ensemble, load
from seq2score.sequences.kmers import kmer_counts

MOST_FEATURES = 1024  # of a last hidden layer; a wider one is no summary of a sequence


def with_certainty(
    model: Ensemble, found: Sequence[Calibration], codes: np.ndarray, level: float
) -> Certain:
    """Predict sequences, with intervals at `level`.

    found: the calibration of each of the model's members and, of several, that of their ensemble.
    codes: uint8 (n, length).
    """
    members = [
        _of_one(member, own, codes, level)
        for member, own in zip(model.members, found, strict=False)
    ]
    if len(members) == 1:
        return members[0]
    each = np.concatenate([member.each for member in members])
    scales = None if model.record["classes"] else [member.scale for member in members]
    return joined(each, scales, [member.novelty for member in members], found[-1], level)


def features(model: Ensemble, codes: np.ndarray) -> np.ndarray:
    """What a single model makes of sequences before its last layer, float (n, f).

    Where it has no such layer, or a very wide one: the counts of k-mers.
    """
    try:
        wide = model.embed(codes[:1]).shape[1] > MOST_FEATURES
    except InputError:
        wide = True
    return kmer_counts(codes) if wide else model.embed(codes)


def load_calibrated(folder: str | Path, device: str = "cpu") -> tuple[Ensemble, list[Calibration]]:
    """A trained model, or the ensemble of its seeds, and its calibrations.

    folder: as for `load`. Raises InputError where there is no model, or one without calibration.
    """
    folder, model = Path(folder), load(folder, device)
    places = [folder]
    if not (folder / "model.json").exists():
        places = [folder / f"seed{member.record['seed']}" for member in model.members]
        places += [folder / "ensemble"] if len(places) > 1 else []
    return model, [calibrations.load(place / "calibration.safetensors") for place in places]


def _of_one(model: Ensemble, found: Calibration, codes: np.ndarray, level: float) -> Certain:
    each, around = model.predict_each(codes), found.surroundings
    places = around.places(features(model, codes))
    distances = novelty.distance(places, around.trained)
    new = around.novelty(distances)
    if model.record["classes"]:
        return of_classes(each, new, found, level)
    further = np.repeat(distances[:, None, None], each.shape[2], axis=1)
    return of_scores(each, new, further, places, found, level)
