"""What tests of certainty share: models with calibrations, on sequences whose scores are known."""

import numpy as np
import pyarrow as pa

from seq2score.certainty.assess import calibrate_model, with_certainty
from seq2score.certainty.certain import calibrate_ensemble
from seq2score.inference.prediction import Ensemble, Predictor
from seq2score.sequences.encoding import strings
from seq2score.sequences.hashing import sequence_hashes

SPLIT = {
    **{"split": {"method": "random"}, "reverse_complement": "none", "score_transform": "none"},
    **{"replicates": [], "inputs": {}, "contrasts": {}},
}


def calibrated(
    members: list[Predictor], noise: float = 1.0, rows: int = 400, contrasts: dict | None = None
):
    """The ensemble and its calibrations: of scores around what the members say, noise apart."""
    random, record = np.random.default_rng(1), members[0].record
    codes = random.integers(4, size=(2 * rows, record["input_length"]), dtype=np.uint8)
    model, held_out = Ensemble(members), codes[rows:]
    calibrations = np.stack([m.predict(held_out).reshape(rows, -1) for m in members]).mean(axis=0)
    if record["classes"]:
        sample = [random.choice(len(p), p=p / p.sum()) for p in calibrations]
        scores = {"score": np.array(record["classes"])[sample]}
    else:
        noisy = calibrations + random.normal(size=calibrations.shape) * noise
        scores = dict(zip(record["outputs"], noisy.T, strict=True))
    table = pa.table({"sequence": strings(held_out), **scores})
    train, measured = pa.table({"sequence": strings(codes[:rows])}), np.array([[-9.0], [9.0]])
    measured = np.repeat(measured, len(record["outputs"]), axis=1)
    split = SPLIT | {"contrasts": contrasts or {}}
    calibrations = [
        calibrate_model(m, train, table, measured, "validation set", split) for m in members
    ]
    if len(members) > 1:
        tables = [
            predicted_table(m, single, held_out, table)
            for m, single in zip(members, calibrations, strict=True)
        ]
        calibrations.append(calibrate_ensemble(tables, sequence_hashes(held_out), calibrations))
    return model, calibrations


def predicted_table(model: Predictor, calibrations, codes: np.ndarray, table: pa.Table) -> pa.Table:
    """The table with the model's predictions, as the rule `predict` writes it."""
    certain = with_certainty(model, [calibrations], codes, 0.9)
    columns = certain.columns(model.record["outputs"], model.record["classes"])
    return pa.table({**{name: table[name] for name in table.column_names}, **columns})
