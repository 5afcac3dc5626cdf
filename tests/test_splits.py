import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seq2score import tables
from seq2score.errors import InputError
from seq2score.sequences.clusters import cluster, word_size
from seq2score.sequences.encoding import encode, strings
from seq2score.sequences.hashing import sequence_hashes
from seq2score.splits import group, parts, preflight, similarity, summary
from seq2score.splits.parts import CALIBRATION, DROPPED, TEST, TRAIN, VALIDATION

RANDOM = {"method": "random", "test_fraction": 0.2, "validation_fraction": 0.2, "seed": 17}
COLUMN = {
    "method": "column",
    "column": "set",
    "train": ["training"],
    "validation": ["validation"],
    "test": ["test"],
    "leaks": "error",
    "validation_fraction": 0.2,
    "seed": 17,
}


def distinct(rows, seed=0):
    return np.random.default_rng(seed).integers(2**63, size=rows, dtype=np.uint64)


def column_rows(sequences, sets):
    column = parts.as_dictionary(pa.chunked_array([sets]))
    return parts.Rows(sequence_hashes(encode(sequences)), columns={"set": column})


def test_sizes_of_the_built_in_run():
    hashes = sequence_hashes(np.indices((4,) * 8).reshape(8, -1).T.astype(np.uint8))
    assignment = parts.assign(RANDOM, parts.Rows(hashes))
    assert parts.sizes(assignment.parts) == [41942, 10486, 13108]


@given(rows=st.integers(20, 400), test=st.floats(0.1, 0.5), validation=st.floats(0.1, 0.5))
def test_random_sizes_are_exact(rows, test, validation):
    split = RANDOM | {"test_fraction": test, "validation_fraction": validation}
    train_rows, validation_rows, test_rows = parts.sizes(parts.deal(distinct(rows), split))
    assert test_rows == math.ceil(round(test * rows, 6))
    assert validation_rows == math.ceil(round(validation * (rows - test_rows), 6))
    assert train_rows == rows - test_rows - validation_rows


def test_a_random_split_does_not_depend_on_the_order_of_rows_but_on_the_seed():
    hashes = distinct(1000)
    order = np.random.default_rng(1).permutation(1000)
    first = parts.deal(hashes, RANDOM)
    assert (parts.deal(hashes[order], RANDOM) == first[order]).all()
    assert (parts.deal(hashes, RANDOM | {"seed": 18}) != first).any()


@given(st.lists(st.integers(0, 30), min_size=60, max_size=200))
def test_equal_sequences_fall_on_one_side(values):
    hashes = distinct(31)[values]
    assigned = parts.deal(hashes, RANDOM)
    for value in set(hashes.tolist()):
        assert len(set(assigned[hashes == value])) == 1


def test_reverse_complements_fall_on_one_side_when_asked():
    sequences = ["".join("ACGT"[i] for i in row) for row in np.indices((4,) * 4).reshape(4, -1).T]
    pairs = str.maketrans("ACGT", "TGCA")
    hashes = sequence_hashes(encode(sequences), both_strands=True)
    part = dict(zip(sequences, parts.deal(hashes, RANDOM), strict=True))
    assert all(part[s] == part[s[::-1].translate(pairs)] for s in sequences)


@pytest.mark.parametrize("stratify", [False, True])
@pytest.mark.parametrize(("rows", "folds"), [(103, 5), (40, 2), (30, 10)])
def test_folds_test_every_row_once(rows, folds, stratify):
    strata = np.arange(rows) % 3 if stratify else None
    tests = []
    for fold in range(1, folds + 1):
        split = RANDOM | {"folds": folds, "fold": fold}
        assigned = parts.assign(split, parts.Rows(distinct(rows), strata)).parts
        tests.append(assigned == TEST)
        assert (assigned == VALIDATION).sum() == math.ceil(0.2 * (rows - tests[-1].sum()))
    assert (np.sum(tests, axis=0) == 1).all()
    sizes = np.sum(tests, axis=1)
    assert sizes.max() - sizes.min() <= 1


def test_stratifying_gives_every_part_the_same_shares():
    strata = np.repeat([0, 1, 2], [700, 200, 100])
    assigned = parts.assign(RANDOM | {"stratify": True}, parts.Rows(distinct(1000), strata)).parts
    for part, size in zip((TRAIN, VALIDATION, TEST), (640, 160, 200), strict=True):
        shares = np.bincount(strata[assigned == part]) / size
        assert shares == pytest.approx([0.7, 0.2, 0.1], abs=0.011)


def test_strata_are_tenths_or_classes():
    tenths = parts.strata(pa.chunked_array([np.arange(1000.0)]))
    assert np.bincount(tenths).tolist() == pytest.approx([100] * 10, abs=1)
    classes = pa.chunked_array([["b", "a"], ["b", "c"]])
    assert parts.strata(classes).tolist() == [1, 0, 1, 2]


def test_column_split_follows_the_column():
    rows = column_rows(
        ["AA", "AC", "AG", "AT", "CA", "CC"],
        ["training", "test", "validation", "training", "test", "validation"],
    )
    assert parts.assign(COLUMN, rows).parts.tolist() == [0, 2, 1, 0, 2, 1]


def test_letters_of_a_value_count_as_they_are_written():
    rows = column_rows(["AA", "AC", "AG", "AT", "CA", "CC"], ["A", "a", "b", "A", "a", "b"])
    split = COLUMN | {"train": ["A"], "test": ["a"], "validation": ["b"]}
    assert parts.assign(split, rows).parts.tolist() == [0, 2, 1, 0, 2, 1]
    with pytest.raises(InputError, match=r"no set claims: 'a' \(2 rows\)"):
        parts.assign(split | {"test": ["c"]}, rows)


def test_values_of_yaml_are_found_in_any_table():
    rows = column_rows(["AA", "AC", "AG", "AT", "CA", "CC"], ["TRUE", "1", "false"] * 2)
    split = COLUMN | {"train": [True], "test": [1.0], "validation": [False]}
    assert parts.assign(split, rows).parts.tolist() == [0, 2, 1, 0, 2, 1]


def test_sequences_of_train_in_validation_are_told():
    rows = column_rows(
        ["AA", "AC", "AG", "AA", "CA", "CC"],
        ["training", "training", "validation", "validation", "test", "test"],
    )
    (note,) = parts.assign(COLUMN, rows).notes
    assert note.startswith("1 train rows hold a sequence of the validation set, which flatters")


def test_without_validation_values_a_fraction_of_train_is_dealt():
    codes = np.indices((4,) * 4).reshape(4, -1).T.astype(np.uint8)
    sets = pa.array(["training"] * 200 + ["test"] * 56)
    column = parts.as_dictionary(pa.chunked_array([sets]))
    rows = parts.Rows(sequence_hashes(codes), columns={"set": column})
    split = {k: v for k, v in COLUMN.items() if k != "validation"}
    assigned = parts.assign(split, rows).parts
    assert (assigned[200:] == TEST).all()
    assert parts.sizes(assigned) == [160, 40, 56]


LEAKY = (
    ["AA", "AC", "AG", "AT", "AA", "AC", "CC", "CG", "TT"],
    ["training"] * 4 + ["test"] * 2 + ["validation"] * 2 + ["training"],
)


def test_a_leak_is_refused_and_counted():
    with pytest.raises(InputError, match="2 train rows hold a sequence that the test set holds"):
        parts.assign(COLUMN, column_rows(*LEAKY))


def test_a_leak_can_be_dropped_from_train():
    assignment = parts.assign(COLUMN | {"leaks": "drop_from_train"}, column_rows(*LEAKY))
    assert assignment.parts.tolist() == [DROPPED, DROPPED, 0, 0, 2, 2, 1, 1, 0]
    assert assignment.notes == ("2 train rows hold a sequence of the test set and were dropped.",)


def test_a_leak_can_be_allowed_and_still_shows():
    rows = column_rows(*LEAKY)
    assignment = parts.assign(COLUMN | {"leaks": "allow"}, rows)
    scores = pa.table({"score": np.arange(9.0)})
    train, validation, test = summary.summarize(assignment, rows.hashes, scores)
    assert (train["shared_with_test"], validation["shared_with_test"]) == (2, 0)
    assert test["shared_with_test"] is None and test["rows"] == 2
    assert train["score_mean"] == pytest.approx(np.mean([0, 1, 2, 3, 8]))


def test_each_value_of_a_column_can_be_a_fold():
    rows = column_rows(["AA", "AC", "AG", "AT", "CA", "CC", "CG", "CT", "GA"], list("abcabcabc"))
    split = {"method": "column", "column": "set", "folds": 3, "leaks": "error", "seed": 1}
    split |= {"validation_fraction": 0.3}
    for fold, results in enumerate(parts.folds(split)):
        assigned = parts.assign(results, rows).parts
        assert np.flatnonzero(assigned == TEST).tolist() == [fold, fold + 3, fold + 6]
        assert parts.sizes(assigned) == [4, 2, 3]
    with pytest.raises(InputError, match=r"`folds: 4` needs as many values in column 'set', which"):
        parts.assign(split | {"folds": 4, "fold": 1}, rows)


def test_values_that_no_set_claims_are_refused():
    rows = column_rows(["AA", "AC", "AG"], ["training", "holdout", "holdout"])
    with pytest.raises(InputError, match=r"values that no set claims: 'holdout' \(2 rows\)"):
        parts.assign(COLUMN, rows)


def test_an_empty_cell_of_the_split_column_is_refused():
    rows = column_rows(["AA", "AC", "AG"], ["training", None, "test"])
    with pytest.raises(InputError, match="column 'set' is empty in 1 rows"):
        parts.assign(COLUMN, rows)


def test_a_part_without_rows_is_refused():
    with pytest.raises(InputError, match="0 of 5 rows would be the validation set"):
        parts.assign(COLUMN, column_rows([*"ACGTN"], ["training"] * 3 + ["test"] * 2))
    with pytest.raises(InputError, match=r"[01] of 3 rows would be the \w+ set"):
        parts.assign(RANDOM, parts.Rows(distinct(3)))
    with pytest.raises(InputError, match=r"the test set of fold 1"):
        parts.assign(RANDOM | {"folds": 10, "fold": 1}, parts.Rows(distinct(9)))


def test_the_summary_tells_what_was_left_out():
    result = summary.of_the_table({"rejected": 3, "merged": 0, "renamed": {}})
    note = "3 rows of the table cannot be used; rejected.tsv says why."
    assert result == [{"part": "rejected", "rows": 3, "note": note}]


def test_the_summary_counts_classes(tmp_path):
    hashes = distinct(100)
    assignment = parts.assign(RANDOM, parts.Rows(hashes))
    scores = pa.table({"score": ["a", "b"] * 50})
    message = summary.summarize(assignment, hashes, scores)
    assert sum(part["score_a"] for part in message) == 50
    tables.write(message, tmp_path / "summary.tsv")
    lines = (tmp_path / "summary.tsv").read_text().splitlines()
    assert lines[0] == "part\trows\tfraction\tshared_with_test\tscore_a\tscore_b\tnote"
    assert lines[3].startswith("test\t20\t0.2\t\t")


GROUP = RANDOM | {"method": "group", "column": "gene"}


def group_rows(hashes, genes):
    return parts.Rows(
        np.asarray(hashes, np.uint64),
        columns={"gene": parts.as_dictionary(pa.chunked_array([genes]))},
    )


def test_groups_stay_whole():
    genes = [f"gene{i % 50}" for i in range(1000)]
    assigned = parts.assign(GROUP, group_rows(distinct(1000), genes)).parts
    for gene in set(genes):
        assert len({int(part) for part, g in zip(assigned, genes, strict=True) if g == gene}) == 1
    assert parts.sizes(assigned) == [640, 160, 200]


def test_groups_do_not_depend_on_the_order_of_rows():
    hashes, genes = distinct(1000), np.array([f"gene{i % 50}" for i in range(1000)])
    order = np.random.default_rng(2).permutation(1000)
    first = parts.assign(GROUP, group_rows(hashes, genes)).parts
    again = parts.assign(GROUP, group_rows(hashes[order], genes[order])).parts
    assert (again == first[order]).all()


def test_groups_that_share_a_sequence_are_merged_and_told():
    hashes = distinct(100)
    hashes[1], hashes[3] = hashes[0], hashes[2]
    genes = [["a", "b", "b", "c"][i] if i < 4 else f"g{i // 4}" for i in range(100)]
    assignment = parts.assign(GROUP, group_rows(hashes, genes))
    assert len(set(assignment.parts[:4].tolist())) == 1
    assert assignment.notes == ("Groups that share a sequence were kept together: a + b + c.",)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12)), min_size=1, max_size=60))
def test_joined_groups_are_the_connected_ones(rows):
    """Against a loop that merges until nothing changes."""
    groups, sequences = (np.array(column) for column in zip(*rows, strict=True))
    units = list(range(len(rows)))
    changed = True
    while changed:
        changed = False
        for i in range(len(rows)):
            for j in range(i):
                linked = groups[i] == groups[j] or sequences[i] == sequences[j]
                if linked and units[i] != units[j]:
                    units = [units[j] if unit == units[i] else unit for unit in units]
                    changed = True
    results = group.joined(groups, sequences.astype(np.uint64))
    assert (
        len(set(zip(results.tolist(), units, strict=True))) == len(set(units)) == len(set(results))
    )


def test_folds_of_groups_test_every_row_once():
    rows = group_rows(distinct(300), [f"gene{i % 7}" for i in range(300)])
    folds = [parts.assign(fold, rows).parts == TEST for fold in parts.folds(GROUP | {"folds": 3})]
    assert (np.sum(folds, axis=0) == 1).all()


def test_too_few_groups_are_refused():
    with pytest.raises(
        InputError, match=r"1 groups \(those that share a sequence count as one\) are too few"
    ):
        parts.assign(GROUP, group_rows(distinct(40), ["only"] * 40))


def families(count, size, length=100, seed=0):
    """Codes of families of related sequences: mutants, one letter in twenty, of a random one."""
    random = np.random.default_rng(seed)
    codes = np.repeat(random.integers(4, size=(count, length), dtype=np.uint8), size, axis=0)
    mutated = random.random(codes.shape) < 0.05
    codes[mutated] = random.integers(4, size=mutated.sum())
    return codes


def test_variants_of_one_sequence_share_a_cluster_with_all_that_are_similar(tmp_path, monkeypatch):
    """More variants than the first search looks at; each against each other, letter by letter."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(5)
    rows = np.tile(random.integers(4, size=75, dtype=np.uint8), (2000, 1))
    changed = random.random(rows.shape) < 0.11
    rows[changed] = random.integers(4, size=changed.sum(), dtype=np.uint8)
    results = cluster([strings(rows)], 0.8, threads=1).to_numpy()
    letters = (rows[:, None] == np.arange(4)[:, None]).reshape(len(rows), -1).astype(np.float32)
    similar = letters @ letters.T >= 0.8 * 75
    assert similar.sum(axis=1).max() > 100
    assert not (similar & (results[:, None] != results)).any()


def test_similar_sequences_share_a_cluster(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    codes = families(20, 5)
    results = cluster([strings(codes[:40]), strings(codes[40:])], 0.8, threads=1)
    results = results.to_numpy().reshape(20, 5)
    assert (results == results[:, :1]).all() and len(np.unique(results)) == 20
    assert not list(tmp_path.iterdir())
    split = RANDOM | {"method": "similarity", "identity": 0.8}
    clusters = parts.as_dictionary(pa.chunked_array([results.ravel()]))
    rows = parts.Rows(sequence_hashes(codes), columns={"cluster": clusters})
    assigned = parts.assign(split, rows).parts.reshape(20, 5)
    assert (assigned == assigned[:, :1]).all()
    assert parts.sizes(assigned.ravel()) == [65, 15, 20]


@pytest.mark.slow
@pytest.mark.parametrize("length", [40, 50, 60])
def test_clusters_hold_what_they_promise(tmp_path, monkeypatch, length):
    """Pairs that are exactly 80% identical, of short sequences."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(1)
    first = random.integers(0, 4, (1000, length), dtype=np.uint8)
    second = first.copy()
    for row in second:
        changed = random.permutation(length)[: length // 5]
        row[changed] = (row[changed] + random.integers(1, 4, len(changed))) % 4
    result = cluster([strings(first), strings(second)], 0.8, threads=2).to_numpy()
    assert (result[:1000] == result[1000:]).mean() > 0.95
    assert np.bincount(result).max() <= 4  # and joins hardly any others


def test_words_of_clusters_are_shared_by_relatives_and_not_by_chance():
    assert word_size(3000, 3000 * 200, 0.8) == 9
    assert word_size(3000, 3000 * 50, 0.8) == 7
    assert word_size(10**6, 200 * 10**6, 0.8) == 12
    assert word_size(10**6, 200 * 10**6, 0.5) == 9


def test_sequences_too_short_for_similarity_are_refused():
    with pytest.raises(InputError, match="the sequences have 9 letters; clusters by similarity"):
        similarity.refuse_short(9)


CALIBRATED = {"validation_fraction": 0.2, "calibration_fraction": 0.25, "seed": 17}


def test_rows_for_calibration_come_out_of_the_train_set_alone():
    hashes = distinct(1000)
    whole = parts.deal(hashes, RANDOM)
    split = parts.deal(hashes, RANDOM | CALIBRATED)
    assert parts.sizes(split) == [480, 160, 200, 160]
    assert set(whole[split == CALIBRATION]) == {TRAIN}
    assert (whole[split != CALIBRATION] == split[split != CALIBRATION]).all()
    assert parts.sizes(whole) == [640, 160, 200]
    few = parts.assign(RANDOM | {"calibration_fraction": 0.001}, parts.Rows(hashes)).parts
    assert parts.sizes(few) == [638, 160, 200, 2]


@pytest.mark.parametrize("method", ["random", "column", "group"])
def test_groups_and_duplicates_stay_whole_in_calibration(method):
    random = np.random.default_rng(1)
    sequence = random.integers(300, size=900)
    result = np.where(np.arange(900) < 700, "training", "test")
    names = {"column": result, "group": (sequence % 60).astype(str), "random": result}[method]
    column = parts.as_dictionary(pa.chunked_array([names]))
    split = {"column": COLUMN | {"leaks": "allow"}, "random": RANDOM}.get(method, RANDOM)
    split = {**split, **CALIBRATED, "method": method, "column": "set"}
    split.pop("validation", None)
    rows = parts.Rows(distinct(300)[sequence], columns={"set": column})
    assigned = parts.assign(split, rows).parts
    kept = assigned == CALIBRATION
    assert 0.1 < kept.mean() < 0.3
    unit = names if method == "group" else sequence
    others = ~kept if method != "column" else ~kept & (assigned != TEST)
    assert not set(unit[kept]) & set(unit[others])


def test_clusters_stay_whole_in_calibration(tmp_path, monkeypatch):
    """Similar rows, in every seed; each part gets some."""
    monkeypatch.chdir(tmp_path)
    codes = families(30, 4)
    results = cluster([strings(codes)], 0.8, threads=1)
    rows = parts.Rows(
        sequence_hashes(codes),
        columns={"cluster": parts.as_dictionary(pa.chunked_array([results.to_numpy()]))},
    )
    for seed in range(5):
        split = RANDOM | CALIBRATED | {"method": "similarity", "identity": 0.8, "seed": seed}
        assigned = parts.assign(split, rows).parts.reshape(30, 4)
        assert (assigned == assigned[:, :1]).all()
        assert set(assigned[:, 0]) == {TRAIN, VALIDATION, TEST, CALIBRATION}


def test_a_column_with_its_own_validation_set_gives_up_train_rows():
    sequences = ["ACGTA" + a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT"]
    sets = pa.array(["training"] * 40 + ["validation"] * 12 + ["test"] * 12)
    split = COLUMN | {"calibration_fraction": 0.25}
    assigned = parts.assign(split, column_rows(sequences, sets)).parts
    assert parts.sizes(assigned) == [30, 12, 12, 10]
    assert set(assigned[40:52]) == {VALIDATION}


def units_of(*sizes):
    """Keys of rows in units of these sizes."""
    return np.repeat(distinct(len(sizes)), sizes)


@pytest.mark.parametrize("sizes", [(60, *[1] * 40), (95, *[1] * 5), (50, 20, 20, 10), (34, 33, 33)])
@pytest.mark.parametrize("fractions", [(0.2, 0.2, 0), (0.05, 0.3, 0), (0.2, 0.2, 0.2)])
def test_a_large_unit_leaves_no_part_empty_in_any_seed(sizes, fractions):
    names = ("test_fraction", "validation_fraction", "calibration_fraction")
    split = dict(zip(names, fractions, strict=True))
    if fractions[2] and sizes in [(34, 33, 33), (95, *[1] * 5)]:
        return  # four parts of three units, or three of five rows
    for seed in range(30):
        assigned = parts.deal(units_of(*sizes), {**split, "seed": seed})
        assert min(parts.sizes(assigned)) >= 2
        assert (parts.sizes(assigned)[0] >= max(sizes)) or max(sizes) < 50


@pytest.mark.parametrize("sizes", [(60, *[1] * 40), (40, 30, 20, 10)])
def test_a_large_unit_leaves_no_fold_empty_in_any_seed(sizes):
    keys = units_of(*sizes)
    for seed in range(20):
        split = {"validation_fraction": 0.2, "folds": 4, "seed": seed}
        dealt = [parts.deal(keys, {**split, "fold": fold}) for fold in range(1, 5)]
        assert (np.sum([fold == TEST for fold in dealt], axis=0) == 1).all()
        assert min(min(parts.sizes(fold)) for fold in dealt) >= 2


@pytest.mark.parametrize(
    ("method", "column", "words"),
    [
        ("random", None, "40 rows hold the same sequence, which stay together; `duplicates: mean`"),
        ("group", ["a"] * 38 + ["b", "c"], "38 rows are one group .*; split by another column"),
    ],
)
def test_why_a_split_cannot_be_made(method, column, words):
    hashes = distinct(40) if column else np.repeat(distinct(1), 40)
    columns = {"set": parts.as_dictionary(pa.chunked_array([column]))} if column else {}
    split = {"method": method, "column": "set", "seed": 17}
    split |= {"test_fraction": 0.2, "validation_fraction": 0.2}
    with pytest.raises(InputError, match=rf"split: \d of 40 rows would be the \w+ set.*{words}"):
        parts.assign(split, parts.Rows(hashes, columns=columns))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"widths": {"cnn": 9}}, "models.cnn.kernel_size: 9 is wider than the 4 letters"),
        ({"counts": ["cnn"]}, "poisson, by which cnn learns, is for counts, and the lowest score"),
        (
            {"ids": {"design.d.start": ["b", "x", "y"]}},
            r"design\.d\.start: no sequence has the id x, y\. Allowed: .* such as a, b",
        ),
        (
            {"classes": {"attributions.output": "low"}},
            r"attributions\.output: no row is of class low\. Allowed: high, mid",
        ),
        ({"templates": {"design.d.template": "NNN"}}, "template: has 3 letters; .* have 4"),
        (
            {"new": {"predict.n": {"path": "other.tsv", "sequence": "seq", "id": None}}},
            r"predict\.n: .*other\.tsv: none of its first 2 sequences .*: the first has 3 letters",
        ),
        (
            {"starts": {"design.d.start": {"path": "other.tsv", "sequence": "seq", "id": None}}},
            r"design\.d\.start: .*other\.tsv: row1 has 3 letters; the model takes 4",
        ),
        (
            {"starts": {"design.d.start": {"path": "none.tsv", "sequence": "seq", "id": None}}},
            r"design\.d\.start: .*none\.tsv: holds no sequence to begin with",
        ),
        ({"files": ["short"]}, "short.fa: s2 has 3 letters; the model takes 4"),
        ({"files": ["many"]}, "many.fa: there are more than 24 sequences. Allowed: 24"),
    ],
)
def test_what_is_asked_of_a_split_is_looked_at_before_training(tmp_path, change, words):
    file = tmp_path / "a.parquet"
    rows = {"id": ["a", "b"], "sequence": ["ACGT"] * 2, "score": [1.0, -2], "kind": ["mid", "high"]}
    pq.write_table(pa.table(rows), file)
    (tmp_path / "short.fa").write_text(">s1\nACGT\n>s2\nACG\n")
    (tmp_path / "many.fa").write_text(">s\nACGT\n" * 25)
    files = [str(tmp_path / f"{name}.fa") for name in change.get("files", [])]
    change = change | {"files": files}
    rules = {"alphabet": "dna", "length": "equal", "flanks": {"left": "", "right": ""}}
    nothing = {"widths": {"cnn": 4}, "counts": [], "files": [], "starts": {}, "rules": rules}
    nothing["classes"] = {}
    for name, letters in (("other", "ACG"), ("fits", "ACGT")):
        (tmp_path / f"{name}.tsv").write_text(f"seq\n{letters}\nACG\n")
    (tmp_path / "none.tsv").write_text("seq\n")
    for section in [*change.get("new", {}).values(), *change.get("starts", {}).values()]:
        section["path"] = str(tmp_path / section["path"])
    nothing["new"] = {"predict.n": {"path": f"{tmp_path}/fits.tsv", "sequence": "seq", "id": None}}
    nothing |= {
        "ids": {"interpretation.mutate": ["b"]},
        "templates": {"design.d.template": "NACN"},
        "inserts": [],
    }
    preflight.refuse(nothing, file, ["score"], file)
    scores = ["kind"] if "classes" in change else ["score"]
    with pytest.raises(InputError, match=words):
        preflight.refuse(nothing | change, file, scores, file)
