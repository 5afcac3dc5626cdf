"""Where a model is wrong, by what the sequences hold."""

import numpy as np
import pyarrow as pa
import pytest

from seq2score.evaluation.failures import explain_residuals
from seq2score.evaluation.resampling import Units, every_row
from seq2score.evaluation.residuals import by_group, further_columns, groupings
from seq2score.figures import residuals, theme


@pytest.fixture
def table():
    random = np.random.default_rng(1)
    sequences = ["".join(random.choice(list("ACGT"), 8)) for _ in range(300)]
    score = random.normal(size=300)
    return pa.table(
        {
            "sequence": sequences,
            "score": score,
            "prediction": score + [sequence.count("AA") > 0 for sequence in sequences],
            "reads": random.integers(1, 500, 300),
            "batch": random.choice(["$one", "two"], 300),
            "name": [f"name{i}" for i in range(300)],
        }
    )


def test_residuals_are_told_by_motif_letter_and_column(table):
    rows = by_group(table, ["AA", "UU"], ["reads", "batch", "name"], every_row(len(table)), "ACGU")
    message = {(row["what"], row["group"]): row for row in rows}
    assert message["occurrences of AA", "0"]["mean_residual"] == pytest.approx(0)
    assert message["occurrences of AA", "1"]["mean_residual"] == pytest.approx(1)
    assert message["occurrences of AA", "1"]["rmse"] == pytest.approx(1)
    assert ("occurrences of UU", "1") in message
    assert ("number of U", "2") in message
    assert {group for what, group in message if what == "batch"} == {"$one", "two"}
    assert "name" not in {what for what, _ in message}  # each row its own group


def test_columns_that_are_no_text_and_no_numbers_group_nothing(table):
    odd = {
        "tags": pa.array([["x"]] * 300),
        "bytes": pa.array([b"\xff"] * 300),
        "nothing": pa.nulls(300),
        "day": pa.array([0] * 300, pa.date32()),
        "pair": pa.array([{"a": 1}] * 300),
    }
    for name, column in odd.items():
        table = table.append_column(name, column)
    results = {what for what, *_ in groupings(table, [], [*odd, "batch"])}
    assert results & {*odd, "batch"} == {"batch"}


def test_columns_of_ours_are_no_features_of_the_users(table):
    ours = ["novelty", "extrapolation", "prediction_lower", "motifs"]
    users = ["predictions_of_others", "novelty_score", "table_extrapolation"]
    for name in [*ours, *users]:
        table = table.append_column(name, pa.array([name] * 300))
    expected = ["batch", "name", *users]
    assert further_columns(table, ["reads"]) == expected
    numbers = pa.array(np.random.default_rng(1).normal(size=300))
    values = dict.fromkeys(users, numbers) | {"extrapolation": pa.array(["above", ""] * 150)}
    table = pa.table({name: values.get(name, table[name]) for name in table.column_names})
    features = {
        row["feature"] for row in explain_residuals(table, ["reads"], every_row(300), "dna")
    }
    assert {*users} <= features and not any("extrapolation is" in name for name in features)


def test_every_row_is_in_a_group_and_many_numbers_share_some(table):
    for _, names, group in groupings(table, ["TAT"], ["reads"]):
        assert group.min() >= 0
        assert group.max() < len(names) <= 10
        assert len(set(names)) == len(names)


def test_intervals_are_those_of_a_mean():
    table = pa.table({"sequence": ["AC"] * 4, "score": [0.0] * 4, "prediction": [1.0, 2, 3, 4]})
    row = next(
        row
        for row in by_group(table, [], [], every_row(len(table)))
        if row["what"] == "number of A"
    )
    half = 1.96 * np.std([1, 2, 3, 4], ddof=1) / 2
    assert (row["low"], row["high"]) == (pytest.approx(2.5 - half), pytest.approx(2.5 + half))
    alone = by_group(table.slice(0, 1), [], [], every_row(1))
    assert all(row["low"] is None for row in alone)
    of_model = [{"model": "cnn", **row} for row in alone]
    assert residuals.draw(of_model, ["cnn"], {"score": "activity"}, "seed1")


def test_they_can_be_drawn(table, tmp_path):
    rows = [
        {"model": model, **row}
        for model in ["linear", "cnn"]
        for row in by_group(table, ["AA"], ["reads", "batch"], every_row(len(table)))
    ]
    drawing = residuals.draw(rows, ["linear", "cnn"], {"score": "activity"}, "seed1")
    assert "activity" in drawing.get_supylabel()
    assert "95% interval" in drawing.get_supxlabel()
    theme.save(drawing, tmp_path / "a.png")


def test_rows_of_one_sequence_count_as_one():
    table = pa.table({"sequence": ["AC"] * 4, "score": [0.0] * 4, "prediction": [1.0, 1, 3, 3]})
    pairs = Units(np.array([0, 0, 1, 1]), "sequences")
    row = next(r for r in by_group(table, [], [], pairs) if r["what"] == "number of A")
    half = 1.96 * np.std([1, 3], ddof=1) / np.sqrt(2)
    assert (row["low"], row["high"]) == (pytest.approx(2 - half), pytest.approx(2 + half))
