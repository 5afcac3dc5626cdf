"""Tables between steps: what is written comes back as what it was."""

import numpy as np

from seq2score import tables

NAMES = ["1", "01", "NA", "1e3", "true", "", "2024-01-01", "nan"]


def test_names_stay_text_and_numbers_numbers(tmp_path):
    rows = [
        {"model": name, "output": name, "seed": "ensemble" if i else "17", "n": i, "r2": i / 7}
        for i, name in enumerate(NAMES)
    ]
    tables.write([*rows, {"model": "last", "r2": float("nan")}], tmp_path / "a.tsv")
    table = tables.read(tmp_path / "a.tsv")
    assert table["model"].tolist() == [*NAMES, "last"]
    assert table["output"].tolist() == [*NAMES, ""]
    assert table["seed"][0] == "17"
    assert table["r2"][1] == 0.142857 and np.isnan(table["r2"].iloc[-1])
    assert [row["n"] for row in tables.rows_of(table)] == [*range(len(NAMES)), None]
    assert tables.rows_of(table)[-1]["r2"] is None


def test_a_column_of_nothing_is_of_numbers(tmp_path):
    tables.write([{"note": "", "low": None}], tmp_path / "a.tsv")
    assert [str(kind) for kind in tables.read(tmp_path / "a.tsv").dtypes] == ["str", "float64"]


def test_a_missing_integer_leaves_the_others_whole(tmp_path):
    rows = [{"id": "a", "position": 123456789}, {"id": "b", "position": None}]
    tables.write(rows, tmp_path / "a.tsv")
    assert tables.read_rows(tmp_path / "a.tsv") == rows


def test_text_of_several_lines(tmp_path):
    tables.write([{"id": "a\nb\tc", "score": 1.0}], tmp_path / "a.tsv")
    assert tables.read(tmp_path / "a.tsv")["id"].tolist() == ["a\nb\tc"]
