"""Predictions for sequences that have no score."""

import gzip

import numpy as np
import pyarrow as pa
import pytest

import predict_new
from seq2score.errors import InputError
from seq2score.evaluation.prediction import Predictor
from seq2score.models import build
from seq2score.sequences import new
from test_prediction import RECORD


def read(path, sequence="sequence", identifier=None):
    rows = [
        row for batch in new.batches(str(path), sequence, identifier) for row in batch.to_pylist()
    ]
    return [(row["id"], row["sequence"]) for row in rows]


@pytest.mark.parametrize("name", ["new.fasta", "new.fa.gz"])
def test_fasta(tmp_path, name):
    path = tmp_path / name
    text = b">one of them\nACG\nT\n>two\nGGGG\n"
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    assert read(path) == [("one", "ACGT"), ("two", "GGGG")]


def test_tables_with_and_without_ids(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text("name,seq\na,ACGT\nb,\nc,GG,GG\nd, TTTT\n")
    wanted = [("a", "ACGT"), ("b", ""), ("d", "TTTT"), ("line 4", "")]
    assert read(path, "seq", "name") == wanted
    assert [name for name, _ in read(path, "seq")] == ["row1", "row2", "row3", "line 4"]
    with pytest.raises(InputError, match="columns are name, seq"):
        read(path)


def predictor(**changes):
    outputs = len(changes.get("classes") or changes.get("outputs", ["score"]))
    return Predictor(build("linear", {}, 4, outputs), RECORD | changes)


def test_each_seed_their_mean_and_spread_or_what_is_wrong():
    both = [predictor(), predictor()]
    names = predict_new.header(both[0].record, [1, 2])
    wanted = ["prediction", "spread", "prediction_seed1", "prediction_seed2", "problem"]
    assert names == ["id", "sequence", *wanted]
    good, short, odd = predict_new.predict(both, pa.array(["ACGT", "ACG", "AC-T"]))
    each = [p.predict(["ACGT"])[0] for p in both]
    expected = [np.mean(each), np.std(each, ddof=1), *each]
    assert [float(cell) for cell in good[:-1]] == pytest.approx(expected, rel=1e-4)
    assert good[-1] == ""
    assert short == ["", "", "", "", "has 3 letters; the model takes 4"]
    assert odd[-1] == "holds another letter than A, C, G, T, N"


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"outputs": ["a", "b"]}, "prediction_a spread_a prediction_a_seed1 prediction_b"),
        ({"classes": ["x", "y"]}, "prediction probability_x spread_x probability_x_seed1"),
    ],
)
def test_every_cell_has_a_column(changes, columns):
    one = predictor(**changes)
    names = predict_new.header(one.record, [1])
    assert [name for name in names if name in columns.split()] == columns.split()
    for row in predict_new.predict([one], pa.array(["ACGT", "A"])):
        assert len(row) + 2 == len(names)


def test_a_batch_without_a_good_sequence():
    assert len(list(predict_new.predict([predictor()], pa.array(["A", ""])))) == 2
