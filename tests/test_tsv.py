"""Tables between steps: what is written comes back as what it was."""

from seq2score import tsv

NAMES = ["1", "01", "NA", "1e3", "true", "", "2024-01-01", "nan"]


def test_names_stay_text_and_numbers_numbers(tmp_path):
    rows = [
        {"model": name, "output": name, "seed": "ensemble" if i else "17", "n": i, "r2": i / 7}
        for i, name in enumerate(NAMES)
    ]
    tsv.write([*rows, {"model": "last", "r2": float("nan")}], tmp_path / "a.tsv")
    table = tsv.read(tmp_path / "a.tsv")
    assert table["model"].to_pylist() == [*NAMES, "last"]
    assert table["output"].to_pylist() == [*NAMES, ""]
    assert table["seed"][0].as_py() == "17"
    assert table["n"].to_pylist() == [*range(len(NAMES)), None]
    assert table["r2"][1].as_py() == 0.142857 and table["r2"][-1].as_py() is None


def test_a_column_of_nothing_is_of_numbers(tmp_path):
    tsv.write([{"note": "", "low": None}], tmp_path / "a.tsv")
    assert [str(kind) for kind in tsv.read(tmp_path / "a.tsv").schema.types] == ["string", "double"]


def test_text_of_several_lines(tmp_path):
    tsv.write([{"id": "a\nb\tc", "score": 1.0}], tmp_path / "a.tsv")
    assert tsv.read(tmp_path / "a.tsv")["id"].to_pylist() == ["a\nb\tc"]
