"""A model in ONNX gives what `predict` gives, from letters to the score's own units."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest

import seq2score
from factories.models import ESTIMATORS, LENGTH, NETWORKS, RECORDS, saved
from seq2score.errors import InputError
from seq2score.inference import export
from seq2score.sequences.encoding import decode

IN_CONSTRUCT = {"flanks": {"left": "ACGN", "right": "t"}, "input_length": LENGTH - 5}


def run(exported, sequences):
    letters = np.frombuffer("".join(sequences).encode(), np.uint8).reshape(len(sequences), -1)
    return onnxruntime.InferenceSession(exported).run(None, {"letters": letters})[0]


CASES = [("cnn", changes) for changes in [*RECORDS.values(), IN_CONSTRUCT]]
CASES += [(name, {"reverse_complement": "average"}) for name in NETWORKS]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_it_gives_what_predict_gives(name, changes, tmp_path):
    model = seq2score.load(saved(tmp_path, name, **changes))
    exported = export.to_onnx(model)
    sample = np.random.default_rng(1).integers(0, 5, (7, model.record["input_length"]))
    sequences = list(decode(sample.astype(np.uint8)))
    expected = model.predict(sequences)
    results = run(exported, sequences)
    assert results.dtype == np.float64
    assert results == pytest.approx(expected.reshape(results.shape), rel=1e-5, abs=1e-5)
    assert export.difference(model, exported) < export.CLOSE
    lower = [sequence.lower() for sequence in sequences]
    assert (run(exported, lower[:1]) == run(exported, sequences[:1])).all()


def test_another_model_is_told_apart(tmp_path):
    models = [seq2score.load(saved(tmp_path / str(seed), seed=seed)) for seed in (1, 2)]
    exported = export.to_onnx(models[0])
    assert export.difference(models[1], exported) > export.CLOSE


def test_a_foreign_letter_gives_no_number(tmp_path):
    dna = export.to_onnx(seq2score.load(saved(tmp_path / "dna")))
    rna = export.to_onnx(seq2score.load(saved(tmp_path / "rna", alphabet="rna")))
    sequences = ["A" * LENGTH, "A" * (LENGTH - 1) + "U", "-" + "A" * (LENGTH - 1)]
    assert np.isnan(run(dna, sequences)[:, 0]).tolist() == [False, True, True]
    assert np.isnan(run(rna, sequences)[:, 0]).tolist() == [False, False, True]
    assert run(rna, sequences)[1] == run(dna, ["A" * (LENGTH - 1) + "T"])


def test_it_says_what_it_is(tmp_path):
    changes = {"outputs": ["a", "b"], "score_transform": "log2"}
    exported = export.to_onnx(seq2score.load(saved(tmp_path, **changes)))
    columns = {prop.key: prop.value for prop in onnx.load_from_string(exported).metadata_props}
    assert columns["prediction"] == "in the score's own units"
    assert json.loads(columns["outputs"]) == ["a", "b"]
    assert columns["score_transform"] == "log2"
    assert json.loads(columns["input_length"]) == LENGTH


@pytest.mark.parametrize("name", ESTIMATORS)
def test_what_is_no_network_is_refused(name, tmp_path):
    with pytest.raises(InputError, match=f"export: onnx is for networks, and {name} is none"):
        export.to_onnx(seq2score.load(saved(tmp_path, name)))
