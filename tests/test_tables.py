import csv
import gzip
import math
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factories.tables import SPLIT, check, good_rows, imported, sequences, write


@pytest.fixture
def path(tmp_path):
    return tmp_path / "library.csv"


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.txt", "A.CSV", "a.csv.gz", "a.tsv.gz"])
def test_tables_of_text(tmp_path, name):
    text = "\n".join(good_rows())
    if "csv" not in name.lower():
        text = text.replace(",", "\t")
    content = gzip.compress(text.encode()) if name.endswith(".gz") else text.encode()
    (tmp_path / name).write_bytes(content)
    rows, _ = imported(tmp_path / name)
    assert rows.column_names == ["id", "sequence", "score"]
    assert rows["sequence"].to_pylist() == sequences()
    assert rows["id"].to_pylist() == [f"row{i}" for i in range(1, 41)]
    assert rows["score"].to_pylist() == pytest.approx([i / 7 for i in range(40)], abs=1e-4)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b"\r"),
        lambda text: text.replace(b"\n", b"\n\n"),
        lambda text: b"\n" + text.rstrip(),
        lambda text: b"\n".join(b'"%s"' % line.replace(b",", b'","') for line in text.split()),
        lambda text: text.lower(),
        lambda text: gzip.compress(text),
        lambda text: gzip.compress(text[:300]) + gzip.compress(text[300:]),
        lambda text: text.replace(b"1.", b" +1."),
    ],
    ids=[
        *("bom", "crlf", "cr", "blank lines", "no last line end", "quoted", "lower case"),
        *("gzip", "bgzip", "padded cells"),
    ],
)
def test_what_is_harmless_is_read_right(path, change):
    write(path, good_rows())
    before, _ = imported(path)
    path.write_bytes(change(path.read_bytes()))
    after, _ = imported(path)
    assert after.equals(before)


def test_parquet_keeps_the_types_of_columns(tmp_path):
    table = pa.table(
        {
            "sequence": pa.array(sequences()).dictionary_encode(),
            "score": pa.array(range(40), pa.int16()),
            "reads": pa.array(range(40), pa.int32()),
            "tags": [["x"]] * 40,
        }
    )
    rows, _ = imported(write(tmp_path / "a.parquet", table))
    assert rows["sequence"].to_pylist() == sequences()
    assert rows.schema.types == [
        pa.string(),
        pa.string(),
        pa.float64(),
        pa.int32(),
        table["tags"].type,
    ]


def test_further_columns_with_names_of_ours_are_kept_under_others(path):
    names = ["score", "prediction", "table_prediction", "probability_a", "novelty", "note"]
    names += ["extrapolation", "novelty_score"]
    rows = [f"{s},{i},{','.join(f'{n} {i}' for n in names)}" for i, s in enumerate(sequences())]
    write(path, [f"seq,y,{','.join(names)}", *rows])
    table, _ = imported(path, sequence="seq", score="y")
    renamed = check(path, sequence="seq", score="y")["renamed"]
    assert renamed == {
        "score": "table_score",
        "prediction": "table_table_prediction",
        "probability_a": "table_probability_a",
        "novelty": "table_novelty",
        "extrapolation": "table_extrapolation",
    }
    assert table.column_names[:3] == ["id", "sequence", "score"]
    assert table["score"].to_pylist() == [*range(40)]
    for name in names:
        assert table[renamed.get(name, name)].to_pylist() == [f"{name} {i}" for i in range(40)]


def test_whole_numbers_beyond_those_of_doubles_are_rounded(tmp_path):
    scores = [2**60 + i * 2**20 + 1 for i in range(40)]
    table = pa.table({"sequence": sequences(), "score": scores, "reads": scores})
    rows, _ = imported(write(tmp_path / "a.parquet", table))
    assert rows["score"].to_pylist() == [float(score) for score in scores]
    assert rows["reads"].to_pylist() == scores


def test_further_columns_travel_with_their_types(path):
    extra = ["n,code,mixed,share,big,note"]
    extra += [f"{i},007,{i if i else 'x'},0.5,12345678901234567890,a b" for i in range(40)]
    extra[5] = "NA,008,3,,12345678901234567891,"
    write(path, [f"{a},{b}" for a, b in zip(good_rows(), extra, strict=True)])
    rows, _ = imported(path)
    assert {f.name: str(f.type) for f in rows.schema if f.name not in ("id", "sequence")} == {
        "score": "double",
        "n": "int64",
        "code": "string",
        "mixed": "string",
        "share": "double",
        "big": "string",
        "note": "string",
    }
    assert rows["n"][4].as_py() is None and rows["share"][4].as_py() is None
    assert rows["big"][4].as_py() == "12345678901234567891" and rows["code"][4].as_py() == "008"


def test_rna_is_read_as_dna(path):
    write(path, [line.replace("T", "U") for line in good_rows()])
    assert imported(path, alphabet="rna")[0]["sequence"].to_pylist() == sequences()


def test_an_id_column_is_used(path):
    rows = [f"{row},{'id' if i == 0 else f'x{i}'}" for i, row in enumerate(good_rows())]
    write(path, rows)
    assert imported(path)[0]["id"].to_pylist() == [f"x{i}" for i in range(1, 41)]
    write(path, [row.replace("id", "name") for row in rows])
    assert imported(path, id="name")[0]["id"].to_pylist() == [f"x{i}" for i in range(1, 41)]


def test_invalid_rows_are_dropped_and_listed(path):
    rows = good_rows(60)
    rows[3] = 'ACGR"TA,1,7'
    rows[5] = "ACGTAR,1"
    rows[6] = "ACGTAC,high"
    rows[7] = '"ACG\nTAC",2'
    rows[9] = ",1"
    write(path, rows)
    kept, rejected = imported(path, invalid_rows="drop")
    assert kept.num_rows == 60 - 5
    assert [(r["line"], r["column"], r["value"]) for r in rejected] == [
        (4, "", ""),
        (6, "sequence", "ACGTAR"),
        (7, "score", "high"),
        (8, "sequence", "ACG\nTAC"),
        (11, "sequence", ""),
    ]
    assert [r["reason"] for r in rejected] == [
        "has 3 cells where the header has 2",
        "holds 'R' at position 6; allowed are A, C, G, T, N",
        "is not a number",
        "holds '\\n' at position 4; allowed are A, C, G, T, N",
        "is missing",
    ]
    assert rejected[1]["id"] == "row4"
    assert "row5" not in kept["id"].to_pylist()


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ({"pad": "right"}, ["ACGTNN", "ACGTAC"]),
        ({"pad": "left"}, ["NNACGT", "ACGTAC"]),
        ({"pad": "both"}, ["NACGTN", "ACGTAC"]),
        ({"crop": 4}, ["ACGT", "ACGT"]),
    ],
)
def test_lengths_are_made_equal_when_asked(path, length, expected):
    write(path, ["sequence,score", "ACGT,1", "ACGTAC,2", *good_rows()[1:]])
    assert imported(path, length=length)[0]["sequence"].to_pylist()[:2] == expected


def test_several_scores_mask_what_is_missing(path):
    rows = [f"{s},{i},{'' if i % 3 else i},NA" for i, s in enumerate(sequences())]
    rows[:15] = [row.replace("NA", f"{i}") for i, row in enumerate(rows[:15])]
    write(path, ["sequence,a,b,c", *rows])
    table, _ = imported(path, score=["a", "b", "c"])
    assert table.column_names == ["id", "sequence", "a", "b", "c"]
    assert [table[name].null_count for name in "abc"] == [0, 26, 25]


def test_classes_are_text_of_any_kind(path):
    write(
        path,
        ["sequence,score", *(f"{s},{'01' if i % 2 else 1}" for i, s in enumerate(sequences()))],
    )
    rows, _ = imported(path, task="classification")
    assert rows["score"].to_pylist()[:2] == ["1", "01"]


def test_notes_of_several_lines_are_no_rows(path):
    notes = ["a, b\nc, d", "two\nlines", "ACGT\nACGT", "see\n\nSmith, J., and others\nend", ""]
    rows = [f'{row},"{notes[i % 5]}"' for i, row in enumerate(good_rows())]
    write(path, ["sequence,score,note", *rows[1:]])
    assert imported(path)[0]["note"].to_pylist()[:5] == [*notes[1:], notes[0]]


def test_a_first_column_may_be_named_as_a_format_begins(path):
    for name in ("PK", "PAR1"):
        write(
            path, [f"{name},{row}" if i == 0 else f"{i},{row}" for i, row in enumerate(good_rows())]
        )
        assert imported(path)[0].column_names == ["id", "sequence", "score", name]


def test_weights_and_replicates_are_numbers(path):
    write(path, ["sequence,score,n,r1", *(f"{s},{i},{i},{i}" for i, s in enumerate(sequences()))])
    rows, _ = imported(path, weight="n", replicates=["r1"])
    assert rows.schema.types == [pa.string(), pa.string(), pa.float64(), pa.float64(), pa.float64()]


def repeated(path, header="sequence,score,n", cells=lambda i: f"{i},{1 + i % 2}"):
    """Forty sequences of which the first ten stand there twice."""
    rows = [f"{s},{cells(i)}" for i, s in enumerate(sequences() + sequences()[:10])]
    return write(path, [header, *rows])


def test_duplicates_are_kept_by_default(path):
    assert imported(repeated(path))[0].num_rows == 50
    assert check(path)["sequences"] == 40


def test_duplicates_become_their_mean(path):
    rows, _ = imported(repeated(path), duplicates="mean")
    assert rows.num_rows == 40
    assert rows["score"].to_pylist()[:11] == [*((i + i + 40) / 2 for i in range(10)), 10]
    rows, _ = imported(path, duplicates="mean", weight="n")
    assert rows["n"].to_pylist()[:11] == [2, 4] * 5 + [1]


def test_the_mean_of_duplicates_is_weighted(path):
    repeated(path, cells=lambda i: f"{i},{3 if i < 40 else 1}")
    rows, _ = imported(path, duplicates="mean", weight="n")
    assert rows["score"].to_pylist()[:10] == [i + 10 for i in range(10)]


def test_duplicates_of_a_mean_stay_apart_by_set(path):
    sets = {"train": ["a"], "test": ["b"], "column": "n", "method": "column", "leaks": "allow"}
    repeated(path, cells=lambda i: f"{i},{'b' if i >= 30 else 'a'}")
    rows, _ = imported(path, duplicates="mean", split=SPLIT | sets)
    assert rows.num_rows == 50


def test_ids_may_not_repeat_but_rows_without_ids_may(path):
    write(path, good_rows() + good_rows()[1:4])
    assert imported(path)[0].num_rows == 43


def test_the_verdict_counts(path):
    verdict = check(repeated(path), duplicates="mean")
    assert verdict["rows"] == 50 and verdict["merged"] == 10 and verdict["kept"] == 40
    assert verdict["split"] == [[25, 7, 8]]
    assert verdict["lengths"] == {6: 50} and verdict["rejected"] == 0


def test_folds_are_all_tried(path):
    write(path, good_rows())
    assert check(path, split=SPLIT | {"folds": 4})["split"] == [[24, 6, 10]] * 4


def test_large_tables_come_in_several_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("seq2score.sequences.delimited.BLOCK_BYTES", 256)
    path = write(tmp_path / "a.csv", good_rows(300))
    rows, _ = imported(path)
    assert rows["sequence"].to_pylist() == sequences(300)
    assert rows["id"].to_pylist()[-1] == "row300"
    rows = good_rows(300)
    rows[250] = "ACGTAC,x"
    kept, rejected = imported(write(path, rows), invalid_rows="drop")
    assert (rejected[0]["line"], rejected[0]["id"]) == (251, "row250")
    assert math.isclose(np.nanmax(kept["score"].to_numpy()), 299 / 7, abs_tol=1e-4)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(notes=st.lists(TEXT, min_size=40, max_size=40), bad=st.integers(0, 39), tab=st.booleans())
def test_any_text_in_other_columns_stays_as_it_is(tmp_path, notes, bad, tab):
    """Commas, quotes and line ends in quoted cells; and the right line of a bad row after them."""
    notes = [f"x{note}" for note in notes]
    path = tmp_path / ("a.tsv" if tab else "a.csv")
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, delimiter="\t" if tab else ",")
        table.writerow(["note", "sequence", "score"])
        for i, (note, sequence) in enumerate(zip(notes, sequences(), strict=True)):
            table.writerow([note, sequence, "high" if i == bad else i])
    rows, rejected = imported(path, invalid_rows="drop")
    assert rows["note"].to_pylist() == [note for i, note in enumerate(notes) if i != bad]
    before = path.read_bytes().decode().split("high")[0]
    line = len(re.findall(r"\r\n|\r|\n", before)) + 1
    begins = line - len(re.findall(r"\r\n|\r|\n", notes[bad]))
    assert [row["line"] for row in rejected] == [begins]
