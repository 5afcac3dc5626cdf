"""Relatives of test sequences in the train set: counted where they are, and only there."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seq2score.evaluation.evaluate import evaluate
from seq2score.sequences.encoding import N, decode, reverse_complement
from seq2score.sequences.hashing import sequence_hashes
from seq2score.splits import parts, relatives
from seq2score.splits.splitting import split_sequences

RANDOM = {"method": "random", "test_fraction": 0.2, "validation_fraction": 0.2, "seed": 1}


def random(rows, length, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (rows, length), dtype=np.uint8)


def share(test, train):
    letters = relatives.stretch(len(train), test.shape[1])
    return relatives.related(test, [train[: len(train) // 2], train[len(train) // 2 :]], letters)


def test_unrelated_sequences_have_no_relatives():
    for length in (20, 60, 200):
        assert share(random(500, length), random(5000, length, seed=1)).mean() < 0.02


@pytest.mark.parametrize("strand", ["same", "other"])
def test_each_relative_is_found_and_nothing_else(strand):
    train, test = random(1000, 60), random(100, 60, seed=1)
    test[:40, 25:] = train[:40, :35]  # tiles
    test[40:60] = train[40:60]
    test[40:60, 30] = (test[40:60, 30] + 1) % 4  # variants
    if strand == "other":
        test = reverse_complement(test)
    assert share(test, train).tolist() == [True] * 60 + [False] * 40


def test_every_stretch_is_compared_exactly():
    train, test = random(30, 40), random(30, 40, seed=1)
    for row, start in enumerate(range(0, 26)):
        test[row, start : start + 15] = train[row, 25 - start : 40 - start]
    by_text = [
        any(t[i : i + 15] in other for i in range(26) for other in texts)
        for t in decode(test)
        for texts in [[*decode(train), *decode(reverse_complement(train))]]
    ]
    assert relatives.related(test, [train], 15).tolist() == by_text
    assert sum(by_text) == 26


def test_constant_ends_and_padding_make_no_relatives():
    train, test = random(1000, 60), random(100, 60, seed=1)
    train[:, :25] = test[:, :25] = random(1, 25, seed=2)
    assert not share(test, train).any()
    train, test = random(1000, 60), random(100, 60, seed=1)
    train[:, 20:] = test[:, 20:] = N
    assert not share(test, train).any()


def test_words_that_chance_repeats_are_no_relatives():
    assert relatives.stretch(50_000, 8) is None
    assert 12 < relatives.stretch(10_000, 20) <= 20
    assert relatives.stretch(10_000, 200) == 50


@pytest.mark.parametrize(("copies", "noted"), [(2, True), (1, False)])
def test_a_split_tells_of_them(tmp_path, copies, noted):
    elements = random(400, 80)
    sequences = np.concatenate([elements[:, :60], elements[:, 20:]][:copies])  # tiles
    table = {"sequence": [*decode(sequences)], "score": np.arange(len(sequences), dtype=float)}
    pq.write_table(pa.table(table), tmp_path / "all.parquet")
    files = [tmp_path / f"{part}.parquet" for part in parts.PARTS]
    rows = split_sequences(
        tmp_path / "all.parquet", RANDOM, ["score"], False, files, tmp_path / "r"
    )
    test = next(row for row in rows if row["part"] == "test")
    assert ("method: similarity" in test["note"]) == noted
    assert (test["related_to_train"] > 0.5) if noted else (test["related_to_train"] == 0)


@pytest.mark.parametrize("both_strands", [True, False])
def test_both_orientations_of_an_element_stay_together(tmp_path, both_strands):
    elements = random(400, 60)
    sequences = np.concatenate([elements, reverse_complement(elements)])
    table = {"sequence": [*decode(sequences)], "score": np.arange(len(sequences), dtype=float)}
    pq.write_table(pa.table(table), tmp_path / "all.parquet")
    files = [tmp_path / f"{part}.parquet" for part in parts.PARTS]
    source, relatives_file = tmp_path / "all.parquet", tmp_path / "r"
    rows = split_sequences(source, RANDOM, ["score"], both_strands, files, relatives_file)
    assert [row["related_to_train"] for row in rows if row["part"] == "test"] == [0]


def test_without_other_strands_the_split_is_as_it_was(tmp_path):
    """And of short sequences, where chance alone gives the other strand of many."""
    for rows, length in ((500, 60), (4**6, 6)):
        encoded = random(rows, length)
        table = {"sequence": [*decode(encoded)], "score": np.zeros(rows)}
        pq.write_table(pa.table(table), tmp_path / "all.parquet")
        known = parts.read_rows(tmp_path / "all.parquet", RANDOM, ["score"], False)
        assert (known.elements == sequence_hashes(encoded)).all()


def test_a_score_without_relatives_stands_beside_the_score_on_all():
    """Of a model that remembers relatives, and knows nothing else."""
    elements, random_ = random(600, 60), np.random.default_rng(3)
    related = np.repeat([True, False], 300)
    table = pa.table(
        {"sequence": [*decode(elements)], "score": random_.normal(size=600)}
    ).append_column("prediction", pa.array(random_.normal(size=600)))
    scores = table["score"].to_numpy()
    table = table.set_column(2, "prediction", pa.array(np.where(related, scores, 0.0)))
    hashes = pa.table({"hash": sequence_hashes(elements), "related": related})
    alone = relatives.unrelated_rows(table, hashes, both_strands=False)
    assert (alone == ~related).all()
    measured = evaluate(table.filter(pa.array(alone)))
    assert evaluate(table)["r2"] > 0.4 > 0 >= measured["r2"] and measured["n"] == 300
    few = pa.table({"hash": hashes["hash"], "related": np.arange(600) < 10})
    assert relatives.unrelated_rows(table, few, both_strands=False) is None


def test_a_sequence_counts_once_however_often_it_stands_there(tmp_path):
    elements = random(400, 60)
    sequences = np.concatenate([elements, np.repeat(elements[:40], 30, axis=0)])
    table = {"sequence": [*decode(sequences)], "score": np.arange(len(sequences), dtype=float)}
    pq.write_table(pa.table(table), tmp_path / "all.parquet")
    files = [tmp_path / f"{part}.parquet" for part in parts.PARTS]
    split_sequences(tmp_path / "all.parquet", RANDOM, ["score"], False, files, tmp_path / "r")
    rows = pq.read_table(tmp_path / "r")
    test = pq.read_table(files[parts.TEST])["sequence"].to_pylist()
    assert len(rows) == len(set(test)) < len(test)
