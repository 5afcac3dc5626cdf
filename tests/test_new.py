"""Predictions for sequences that have no score."""

import gzip
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factories.calibration import calibrated
from factories.models import RECORD
from seq2score.certainty.assess import CalibratedModel
from seq2score.certainty.new import predict_file, predict_new
from seq2score.errors import InputError
from seq2score.inference.prediction import Predictor
from seq2score.inference.shares import WRITERS, gather, share, write
from seq2score.models import build
from seq2score.sequences import new


def read(path, sequence="sequence", identifier=None):
    rows = [
        row
        for batch in new.batches({"path": str(path), "sequence": sequence, "id": identifier})
        for row in batch.to_pylist()
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
    expected = [("a", "ACGT"), ("b", ""), ("d", "TTTT"), ("line 4", "")]
    assert read(path, "seq", "name") == expected
    assert [name for name, _ in read(path, "seq")] == ["row1", "row2", "row3", "line 4"]
    with pytest.raises(InputError, match="columns are name, seq"):
        read(path)


def predictor(seed=1, **changes):
    outputs = len(changes.get("classes") or changes.get("outputs", ["score"]))
    return Predictor(build("linear", {}, 4, outputs), RECORD | changes | {"seed": seed})


def predicted(predictors, *sequences):
    ids = [f"s{number}" for number in range(len(sequences))]
    columns = [pa.array(ids), pa.array(sequences), pa.array([""] * len(ids))]
    return of_rows(predictors, pa.record_batch(columns, new.EMPTY.schema.names))


def of_rows(predictors, rows):
    return predict_new(CalibratedModel(*calibrated(predictors), 0.9), rows)


def test_each_seed_their_mean_and_spread_or_what_is_wrong():
    both = [predictor(1), predictor(2)]
    table = predicted(both, "ACG", "ACGT", "AC-T")
    certain = ["prediction_lower", "prediction_upper", "prediction_scale", "novelty"]
    message = ["prediction", "spread", "prediction_seed1", "prediction_seed2"]
    assert table.schema.names == [
        *("id", "sequence", "prediction", *certain, "extrapolation", *message[1:], "problem")
    ]
    short, good, odd = table.to_pylist()
    each = [p.predict(["ACGT"])[0] for p in both]
    expected = [np.mean(each), np.std(each, ddof=1), *each]
    assert [good[name] for name in message] == pytest.approx(expected)
    assert (good["id"], good["problem"]) == ("s1", "")
    assert good["prediction_lower"] < good["prediction"] < good["prediction_upper"]
    assert [short[name] for name in [*message, *certain]] == [None] * 8
    assert short["problem"] == "has 3 letters; the model takes 4"
    assert odd["problem"] == "holds another letter than A, C, G, T, N"


@pytest.mark.parametrize(
    ("changes", "columns"),
    [
        ({"outputs": ["a", "b"]}, "prediction_a prediction_a_lower prediction_b novelty spread_a"),
        ({"classes": ["x", "y"]}, "prediction prediction_set probability_x novelty spread_x"),
    ],
)
def test_several_scores_and_classes(changes, columns):
    table = predicted([predictor(**changes)], "ACGT", "A")
    assert [name for name in table.schema.names if name in columns.split()] == columns.split()
    good, bad = table.to_pylist()
    if "classes" in changes:
        likeliest = max(changes["classes"], key=lambda name: good[f"probability_{name}"])
        assert good["prediction"] == likeliest
    assert good[next(name for name in columns.split() if "spread" in name)] is None  # of one
    assert bad[columns.split()[0]] is None


def test_a_batch_without_a_good_sequence_has_the_same_columns():
    item = [predictor()]
    good = predicted(item, "ACGT").schema
    assert predicted(item, "A", "").schema == of_rows(item, new.EMPTY).schema == good


def test_the_same_as_text_and_as_parquet(tmp_path):
    table = predicted([predictor(1), predictor(2)], "ACGT", "A", "TTTT")
    for suffix, writer in WRITERS.items():
        with writer(tmp_path / f"new.{suffix}", table.schema) as file:
            file.write_batch(table)
    whole = pq.read_table(tmp_path / "new.parquet")
    assert whole.equals(pa.Table.from_batches([table]))
    lines = [line.split("\t") for line in (tmp_path / "new.tsv").read_text().splitlines()]
    assert lines[0] == table.schema.names
    assert [float(line[2] or "nan") for line in lines[1:]] == pytest.approx(
        whole["prediction"].to_numpy(), rel=1e-5, nan_ok=True
    )


@pytest.mark.parametrize("suffix", WRITERS)
def test_parts_are_the_same_bytes_as_one_job(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr("seq2score.certainty.new.ROWS_AT_ONCE", 7)
    letters = ["".join(letters) for letters in product("ACGT", repeat=3)]
    file, item = tmp_path / "new.fasta", tmp_path / f"one.{suffix}"
    texts = [word + "A" * (position % 5 > 0) for position, word in enumerate(letters)]
    file.write_text("".join(f">s{position}\n{text}\n" for position, text in enumerate(texts)))
    section = {"path": str(file), "sequence": "sequence", "id": None}
    predicted = CalibratedModel(*calibrated([predictor(1), predictor(2)]), 0.9)
    expected = predict_file(predicted, section, item)
    assert expected == (64, 13)
    for parts in (2, 3, 12):  # of ten batches: the last two parts have none
        paths = [tmp_path / f"part{part}.parquet" for part in range(1, parts + 1)]
        counts = [
            predict_file(predicted, section, path, part, parts)
            for part, path in enumerate(paths, 1)
        ]
        assert tuple(map(sum, zip(*counts, strict=True))) == expected
        together = tmp_path / f"together.{suffix}"
        assert sum(map(len, gather(paths, together))) == 64
        assert together.read_bytes() == item.read_bytes()


@pytest.mark.parametrize("parts", [1, 2, 5, 9])
def test_parts_are_gathered_in_order(tmp_path, parts):
    schema = pa.schema([("row", pa.int64())])
    pieces = [pa.table({"row": [10 * i, 10 * i + 1][: 1 + i % 2]}) for i in range(7)]
    paths = [tmp_path / f"{part}.parquet" for part in range(1, parts + 1)]
    for part, path in enumerate(paths, 1):
        write(path, schema, share(pieces, part, parts))
    got = pa.concat_tables(gather(paths, tmp_path / "all.parquet"))
    assert got.equals(pa.concat_tables(pieces))
