"""Bad tables, FASTA files and splits: each must be refused, by a message that helps its owner.

A case is the content of a file (or a change of a good one), the config keys that go with it, and
parts that the message must hold.
"""

import gzip

import pyarrow as pa
import pytest

from factories.tables import SPLIT, check, good_rows, sequences, write
from seq2score.errors import InputError

COLUMN = {
    "method": "column",
    "column": "set",
    "train": ["train"],
    "test": ["test"],
    "leaks": "error",
    "validation_fraction": 0.2,
    "seed": 17,
}
GROUP = SPLIT | {"method": "group", "column": "set"}


def changed(line, text):
    """The good table with another line (1 is the header)."""
    rows = good_rows()
    rows[line - 1] = text
    return rows


def with_column(name, cells):
    """The good table with one more column."""
    rows = good_rows()
    return [f"{rows[0]},{name}"] + [f"{r},{c}" for r, c in zip(rows[1:], cells, strict=True)]


def with_header(header):
    return changed(1, header)


def scored(scores):
    return ["sequence,score", *(f"{s},{x}" for s, x in zip(sequences(), scores, strict=True))]


SETS = ["train"] * 30 + ["test"] * 10
LINES = "1 of 40 rows cannot be used"

TABLES = {
    # Files
    "empty file": ([], {}, "the file is empty; a table has a header line and rows"),
    "blank lines only": (["", "", ""], {}, "the file is empty"),
    "only a header": (["sequence,score"], {}, "the table has a header but no rows"),
    "binary": (b"\x00\xff\xfe\x80" * 40, {}, "line 1: byte 0xFF is not UTF-8"),
    "Excel workbook": (b"PK\x03\x04" + b"x" * 90, {}, "an Excel workbook; export it as CSV"),
    "old Excel workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 90, {}, "an Excel workbook"),
    "Parquet by another name": (b"PAR1\x15" + b"x" * 90, {}, "a Parquet file; give it a name that"),
    "UTF-16": ("\n".join(good_rows()).encode("utf-16"), {}, "UTF-16 text; save it as UTF-8"),
    "UTF-16 without a mark": (
        "\n".join(good_rows()).encode("utf-16-le"),
        {},
        "UTF-16 text without",
    ),
    "packed twice": (gzip.compress(gzip.compress(b"a,b\n")), {}, "packed by gzip twice"),
    "bzip2": (b"BZh91AY&SY" + b"x" * 90, {}, "packed by bzip2; unpack it, or pack it by gzip"),
    "a web page": (b"<!DOCTYPE html><html>404</html>", {}, "a web page, perhaps an error in place"),
    "JSON": (b'[{"sequence": "ACGT", "score": 1}]', {}, "this is JSON; write it as CSV"),
    "header swallowed": (
        with_header('sequence,"score'),
        {},
        "the name of a column holds a line end; is a quote not closed?",
    ),
    "bars": (
        [row.replace(",", "|") for row in good_rows()],
        {},
        "the cells seem to be separated by bars; save it with commas",
    ),
    "scores too small to differ": (
        scored([f"{i}e-320" for i in range(40)]),
        {},
        "of the train set is 0, so that there is nothing to learn",
    ),
    "Latin-1 header": ("sequence,score,größe\n".encode("latin-1"), {}, "line 1: byte 0xF6"),
    "Latin-1 cell": (
        "\n".join([*with_column("n", ["ok"] * 40), "AAACCC,1,é"]).encode("latin-1"),
        {},
        "line 42: byte 0xE9 is not UTF-8; save it as UTF-8",
    ),
    "truncated gzip": (
        gzip.compress("\n".join(good_rows()).encode())[:-20],
        {},
        "the gzip file ends too early; copy or fetch it again",
    ),
    "damaged gzip": (
        gzip.compress("\n".join(good_rows()).encode())[:-8] + b"damaged!",
        {},
        "the gzip file is damaged",
    ),
    # Columns
    "wrong column": (
        good_rows(),
        {"score": "scores_"},
        "there is no column 'scores_' (score), but 'score'. The columns are sequence, score",
    ),
    "column in other case": (good_rows(), {"sequence": "Sequence"}, "but 'sequence'. The"),
    "no such id": (good_rows(), {"id": "name"}, "there is no column 'name' (id)"),
    "no such weight": (good_rows(), {"weight": "n"}, "there is no column 'n' (weight)"),
    "no such replicate": (good_rows(), {"replicates": ["r1"]}, "no column 'r1' (replicates)"),
    "one of several scores": (good_rows(), {"score": ["score", "b"]}, "no column 'b' (score)"),
    "column twice": (
        with_column("score", [0] * 40),
        {},
        "there is no column 'score' (score); 2 columns are called so: give them other names. The "
        "columns are sequence, score (column 2), score (column 3)",
    ),
    "semicolons": (
        [row.replace(",", ";") for row in good_rows()],
        {},
        "the cells seem to be separated by semicolons; save it with commas, and points as decimal",
    ),
    "comments above the header": (
        ["# exported in 2024", "", *good_rows()],
        {},
        "line 3: this seems to be the header; take out what stands above it",
    ),
    "a title above the header": (
        ["My library,", *good_rows()],
        {},
        "line 2: this seems to be the header",
    ),
    "Excel's own line above the header": (["sep=,", *good_rows()], {}, "line 2: this seems to be"),
    "tabs in .csv": (
        [row.replace(",", "\t") for row in good_rows()],
        {},
        "the cells seem to be separated by tabs; give it a name that ends in .tsv",
    ),
    "a weight with our name": (
        with_column("prediction", range(40)),
        {"weight": "prediction"},
        "a column is named 'prediction', which our own tables need; rename it",
    ),
    # Rows
    "a cell too many": (changed(5, "ACGTAC,1,2"), {}, "line 5: has 3 cells where the header has 2"),
    "a cell too few": (changed(5, "ACGTAC"), {}, "line 5: has 1 cells where the header has 2"),
    "quote not closed": (
        changed(5, 'ACGTAC,"1'),
        {},
        "line 5: a quote opens here and closes 37 lines below, so that whole rows stand in one",
    ),
    "two header lines": (
        [*good_rows()[:1], *good_rows()],
        {},
        "line 2, sequence: 'sequence' repeats the header",
    ),
    "units below the header": (changed(2, "nt,log2"), {}, "line 2, score: 'log2' is not a number"),
    "other letters": (
        changed(7, "ACGRTA,1"),
        {},
        f"{LINES}:\n  line 7, sequence: 'ACGRTA' holds 'R' at position 4; "
        "allowed are A, C, G, T, N\nCorrect them, or leave them out by `invalid_rows: drop`",
    ),
    "gaps": (changed(7, "AC-GTA,1"), {}, "line 7, sequence: 'AC-GTA' holds '-' at position 3"),
    "spaces": (changed(7, "AC GTA,1"), {}, "line 7, sequence: 'AC GTA' holds ' ' at position 3"),
    "U in DNA": (
        changed(7, "ACGUTA,1"),
        {},
        "holds U at position 4; `alphabet: rna` reads it as T",
    ),
    "a protein": (changed(7, "MKVLAT,1"), {}, "'MKVLAT' holds 'M' at position 1"),
    "no sequence": (changed(7, ",1"), {}, "line 7, sequence: is missing"),
    "no score": (changed(7, "ACGTTA,"), {}, "line 7, score: is missing"),
    "NA as score": (changed(7, "ACGTTA,NA"), {}, "line 7, score: 'NA' is missing"),
    "text as score": (changed(7, "ACGTTA,high"), {}, "line 7, score: 'high' is not a number"),
    "decimal comma": (
        changed(7, 'ACGTTA,"1,5"'),
        {},
        "line 7, score: '1,5' is not a number; the decimal mark is a point",
    ),
    "a minus that only looks like one": (
        changed(7, "ACGTTA,\u22121.5"),
        {},
        "line 7, score: '\u22121.5' is not a number; it holds '\u2212' (U+2212)",
    ),
    "a letter that only looks like one": (
        changed(7, "\u0410CGTTA,1"),
        {},
        "'\u0410' at position 1; allowed are A, C, G, T, N (U+0410)",
    ),
    "NaN with a sign": (changed(7, "ACGTTA,-nan"), {}, "line 7, score: '-nan' is missing"),
    "NaN as Excel never spells it": (
        with_column("n", ["NAN"] + [1] * 39),
        {"weight": "n"},
        "line 2, n: 'NAN' is missing",
    ),
    "infinite": (changed(7, "ACGTTA,Inf"), {}, "line 7, score: 'Inf' is not a finite number"),
    "too large": (changed(7, "ACGTTA,1e400"), {}, "line 7, score: '1e400' is not a finite number"),
    "hexadecimal": (changed(7, "ACGTTA,0x1F"), {}, "line 7, score: '0x1F' is not a number"),
    "percent": (changed(7, "ACGTTA,15%"), {}, "line 7, score: '15%' is not a number"),
    "columns swapped": (
        good_rows(),
        {"sequence": "score", "score": "sequence"},
        "40 of 40 rows cannot be used:\n  line 2, score: '0.0000' holds '0' at position 1",
        "  ... and 30 more\nNo row is left to learn from.",
    ),
    "labels for regression": (
        scored(["low", "high"] * 20),
        {},
        "40 of 40 rows cannot be used",
        "If the scores are labels, they want `task: classification`.",
    ),
    "decimal commas everywhere": (
        scored([f'"{i},5"' for i in range(40)]),
        {},
        "40 of 40 rows cannot be used:\n  line 2, score: '0,5' is not a number; the decimal mark",
        "No row is left to learn from.",
    ),
    "no row survives dropping": (
        scored(["low", "high"] * 20),
        {"invalid_rows": "drop"},
        "No row is left to learn from.",
    ),
    "2 MB cell": (
        changed(7, f"{'A' * 2_000_000},1"),
        {},
        "... (2000000 letters)' is longer than 100000 letters",
    ),
    "line of 40 MB": (
        changed(7, f"{'A' * 40_000_000},1"),
        {},
        "a line is longer than 16 MB; is a quote not closed?",
    ),
    "mixed lengths": (
        changed(7, "ACGTTAC,1"),
        {},
        "the sequences differ in length:\n  6 letters: 39 rows, first in line 2\n"
        "  7 letters: 1 rows, first in line 7\n`length: {pad: right}`",
    ),
    "one sequence far longer than all others": (
        changed(7, f"{'ACGT' * 2000},1"),
        {"length": {"pad": "right"}},
        "padding to the longest sequence (8000 letters, line 7) would be more than 20 times",
    ),
    "shorter than crop": (
        changed(7, "ACG,1"),
        {"length": {"crop": 4}},
        "line 7, sequence: 'ACG' is shorter than the 4 letters of `crop`",
    ),
    "ids twice": (
        with_column("id", ["a", "b", "c", "a", *range(36)]),
        {},
        "2 rows share their id with another row: a (line 2), a (line 5); ids must differ; a column",
    ),
    "id missing": (with_column("id", ["a", "", *range(38)]), {}, "line 3, id: is missing"),
    "negative weight": (with_column("n", [-1] + [1] * 39), {"weight": "n"}, "'-1' is negative"),
    "weight missing": (with_column("n", [""] + [1] * 39), {"weight": "n"}, "n: is missing"),
    "all weights zero": (
        with_column("n", [0] * 40),
        {"weight": "n"},
        "all weights in column 'n' are",
    ),
    "a weight that overflows": (
        with_column("n", ["1e308"] * 40),
        {"weight": "n"},
        "line 2, n: '1e308' is too large to be squared",
    ),
    "weights of nothing in train": (
        with_column("n,set", [f"{int(part == 'test')},{part}" for part in SETS]),
        {"weight": "n", "split": COLUMN},
        "split: the weights (column 'n') of the 24 rows of the train set with a score 'score' add "
        "up to 0",
    ),
    "weights of nothing in validation": (
        with_column("n,set", [f"{int(p != 'dev')},{p}" for p in ["dev"] * 9 + SETS[9:]]),
        {"weight": "n", "split": COLUMN | {"validation": ["dev"]}},
        "of the 9 rows of the validation set with a score 'score' add up to 0",
    ),
    "a score that train lacks": (
        with_column("n,set", [f"{i if i >= 30 else ''},{part}" for i, part in enumerate(SETS)]),
        {"score": ["score", "n"], "split": COLUMN},
        "no row of the train set has a score 'n'",
    ),
    "a score constant in train": (
        with_column("n,set", [f"{i // 30},{part}" for i, part in enumerate(SETS)]),
        {"score": "n", "split": COLUMN},
        "every score 'score' of the train set is 0, so that there is nothing to learn",
    ),
    "replicate not a number": (
        with_column("r", ["?"] + [1] * 39),
        {"replicates": ["r"]},
        "line 2, r: '?' is not a number",
    ),
    "no score at all in a row": (
        [*with_column("b", range(40)), "TTTTTT,,"],
        {"score": ["score", "b"]},
        "line 42, score, b: are all missing",
    ),
    "log2 of zero": (
        good_rows(),
        {"score_transform": "log2"},
        "line 2, score: '0.0000' has no `score_transform: log2`, which needs scores greater than 0",
    ),
    "duplicates forbidden": (
        [*good_rows(), good_rows()[3]],
        {"duplicates": "error"},
        "2 rows hold the sequence of another row",
        "GAAAAA (line 4), GAAAAA (line 42)",
    ),
    # Scores as a whole
    "constant score": (
        scored([3.5] * 40),
        {},
        "every score in column 'score' is 3.5; there is nothing",
    ),
    "a score of several is empty": (
        with_column("b", [""] * 40),
        {"score": ["score", "b"]},
        "column 'b' (score) has no number in any row",
    ),
    "one class": (
        scored(["a"] * 40),
        {"task": "classification"},
        "every row has the class 'a' in column 'score'; a classification needs two classes or more",
    ),
    "numbers as classes": (
        good_rows(),
        {"task": "classification"},
        "column 'score' has 40 classes in 40 rows; numbers want `task: regression`",
    ),
    "a class that train lacks": (
        [f"{row},{x}" for row, x in zip(scored("ab" * 15 + "c" * 10), ["set", *SETS], strict=True)],
        {"task": "classification", "split": COLUMN},
        "the train set holds no row of 1 classes: 'c'",
    ),
    "classes of one sequence": (
        [*scored("ab" * 20), "AAAAAA,b"],
        {"task": "classification", "duplicates": "mean"},
        "1 sequences stand there with more than one class, which have no mean",
    ),
    # Splits
    "too few rows": (good_rows()[:6], {}, "split: 1 of 5 rows would be the train set"),
    "no split column": (good_rows(), {"split": COLUMN}, "there is no column 'set' (split: column)"),
    "no group column": (good_rows(), {"split": GROUP}, "there is no column 'set' (split: column)"),
    "set missing": (
        with_column("set", [*SETS[:39], ""]),
        {"split": COLUMN},
        "line 41, set: is missing",
    ),
    "set that nobody claims": (
        with_column("set", [*SETS[:39], "tset"]),
        {"split": COLUMN},
        "column 'set' holds values that no set claims: 'tset' (1 rows)",
    ),
    "no test rows": (
        with_column("set", ["train"] * 40),
        {"split": COLUMN},
        "0 of 40 rows would be the test set, which needs at least 2",
    ),
    "no validation rows": (
        with_column("set", SETS),
        {"split": COLUMN | {"validation": ["dev"]}},
        "0 of 40 rows would be the validation set",
    ),
    "train and test overlap": (
        [*with_column("set", SETS), "CAAAAA,1,test"],
        {"split": COLUMN},
        "1 train rows hold a sequence that the test set holds too",
        "`leaks: allow` keeps them. For example: CAAAAA (line 3)",
    ),
    "all of train stands in test": (
        [*with_column("set", ["train"] * 40), *(f"{s},1,test" for s in sequences())],
        {"split": COLUMN | {"leaks": "drop_from_train"}},
        "40 train rows hold a sequence that the test set holds too, and `leaks: drop_from_train` "
        "leaves none to train on",
    ),
    "both strands overlap": (
        [*with_column("set", SETS), "TTTTTT,1,test"],
        {"split": COLUMN, "reverse_complement": "average"},
        "1 train rows hold a sequence that the test set holds too",
    ),
    "too few groups": (
        with_column("set", ["a", "b"] * 20),
        {"split": GROUP},
        "2 groups (those that share a sequence count as one) are too few",
    ),
    "fewer groups than folds": (
        with_column("set", ["a", "b", "c", "d"] * 10),
        {"split": GROUP | {"folds": 5}},
        "4 groups (those that share a sequence count as one) are too few",
        "at least 5 are needed",
    ),
    "a fold with no rows": (
        good_rows()[:9],
        {"split": SPLIT | {"folds": 9}},
        "1 of 8 rows would be the test set of fold 1",
    ),
    "too short for similarity": (
        good_rows(),
        {"split": SPLIT | {"method": "similarity", "identity": 0.8}},
        "the sequences have 6 letters; clusters by similarity mean something from 40 letters on",
    ),
}


def assert_refused(path, content, keys, messages):
    """The table is refused by a message that names the file first, and says what it must."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        write(path, content)
    with pytest.raises(InputError) as error:
        check(path, **keys)
    said = str(error.value)
    assert said.startswith(str(path))
    for message in messages:
        assert message in said
    assert "decimal mark" not in said or "classification" not in said
    assert len(said) < 3000


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table_is_refused(tmp_path, case):
    content, keys, *messages = TABLES[case]
    assert_refused(tmp_path / "library.csv", content, keys, messages)


def quoted(*lines, column=2):
    """Rows with a note and a quote at the begin of that column in some of their lines."""
    rows = [f"{row},a {i}" for i, row in enumerate(good_rows())]
    for line in lines:
        cells = rows[line - 1].split(",")
        cells[column] = f'"{cells[column]}'
        rows[line - 1] = ",".join(cells)
    return [rows[0].replace("a 0", "note"), *rows[1:]]


@pytest.mark.parametrize("invalid_rows", ["error", "drop"])
@pytest.mark.parametrize(
    "rows",
    [
        *(quoted(*lines, column=c) for c in range(3) for lines in [(5, 30), (5, 6), (5, 7), (5,)]),
        [r if i != 29 else r.replace("a ", '"a ') for i, r in enumerate(quoted(5, column=1))],
        [r if i != 6 else f'"{r}' for i, r in enumerate(quoted(5, column=2))],
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_a_quote_may_not_swallow_rows(tmp_path, rows, invalid_rows, suffix):
    rows = [row.replace(",", "\t") if suffix == ".tsv" else row for row in rows]
    path = write(tmp_path / f"library{suffix}", rows)
    with pytest.raises(InputError, match=r"line 5: a quote opens here and closes \d+ lines below"):
        check(path, invalid_rows=invalid_rows)


def test_a_quote_may_not_swallow_rows_of_a_table_of_scores_either(tmp_path):
    fasta = tmp_path / "a.fasta"
    fasta.write_text("".join(f">s{i}\n{s}\n" for i, s in enumerate(sequences())))
    rows = ["id,score,note", *(f"s{i},{i},x" for i in range(40))]
    rows[4], rows[30] = 's3,3,"x', 's29,29,"x'
    scores = write(tmp_path / "scores.csv", rows)
    with pytest.raises(InputError, match="line 5: a quote opens here and closes 26 lines below"):
        check(fasta, scores=str(scores), invalid_rows="drop")


PARQUET = {
    "not Parquet": (b"sequence,score\n", {}, "this is not a Parquet file"),
    "damaged": (b"PAR1" + b"x" * 90, {}, "Either the file is corrupted"),
    "numbers as sequences": (
        pa.table({"sequence": range(40), "score": range(40)}),
        {},
        "row 1, sequence: '0' holds '0' at position 1",
    ),
    "lists as scores": (
        pa.table({"sequence": sequences(), "score": [[1]] * 40}),
        {},
        "column 'score' holds list<element: int64>, where text or numbers are needed",
    ),
    "null": (
        pa.table({"sequence": sequences(), "score": [None, float("nan"), *range(38)]}),
        {},
        "row 1, score: is missing\n  row 2, score: 'nan' is missing",
    ),
}


@pytest.mark.parametrize("case", PARQUET)
def test_a_bad_parquet_table_is_refused(tmp_path, case):
    content, keys, *messages = PARQUET[case]
    assert_refused(tmp_path / "library.parquet", content, keys, messages)


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="this is a folder, not a file"):
        check(tmp_path)
    with pytest.raises(InputError, match="there is no such file"):
        check(tmp_path / "none.csv")
    with pytest.raises(InputError, match="there is no such file"):
        check(tmp_path / "none.parquet")


def test_only_the_first_ten_are_shown(tmp_path):
    path = write(tmp_path / "a.csv", [*good_rows(), *["ACGTXX,1"] * 25])
    with pytest.raises(InputError, match="25 of 65 rows cannot be used") as error:
        check(path)
    assert str(error.value).count("ACGTXX") == 10 and "... and 15 more" in str(error.value)


def test_a_failed_check_leaves_the_finished_run_current(tmp_path, run_workflow):
    """Whether the config or the table went bad: corrected, there is nothing to be done."""
    table = write(tmp_path / "library.csv", good_rows())
    config = {"datasets": {"lib": {"table": {"path": "library.csv"}}}}
    config["models"] = {"linear": {"architecture": "linear"}}
    results = tmp_path / "results" / "lib"
    target = "results/lib/splits/test.parquet"
    assert run_workflow(tmp_path, config, target).returncode == 0
    earlier = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert len(earlier) > 5

    misspelt = {"datasets": {"lib": {"table": {"path": "library.csv", "score": "scrore"}}}}
    run = run_workflow(tmp_path, misspelt, target)
    assert run.returncode != 0
    assert "there is no column 'scrore' (score), but 'score'" in run.stdout
    write(table, changed(7, "ACGTTA,high"))
    run = run_workflow(tmp_path, config, target)
    assert run.returncode != 0
    assert "Error: library.csv" in run.stdout
    assert "line 7, score: 'high' is not a number" in run.stdout
    assert "Traceback" not in run.stdout
    write(table, good_rows())
    assert "Nothing to be done" in run_workflow(tmp_path, config, target).stdout
    assert {p: p.read_bytes() for p in results.rglob("*") if p.is_file()} == earlier
