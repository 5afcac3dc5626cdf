"""The floors: k-mers against a loop, fits against scikit-learn."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import Ridge

from seq2score.evaluation import floors
from seq2score.sequences import kmers
from seq2score.sequences.encoding import encode


@pytest.fixture
def codes():
    return np.random.default_rng(1).integers(5, size=(60, 9), dtype=np.uint8)


def test_kmer_counts_are_those_of_a_loop():
    sequences = ["ACGTNACG", "TTTTTTTT", "NNNNNNNN"]
    counts = kmers.kmer_counts(encode(sequences))
    words = list("ACGT")
    column = 0
    for _ in range(kmers.LONGEST_KMER):
        for word in words:
            for row, sequence in enumerate(sequences):
                starts = range(len(sequence) - len(word) + 1)
                assert counts[row, column] == sum(sequence[s:].startswith(word) for s in starts)
            column += 1
        words = [word + letter for word in words for letter in "ACGT"]
    assert column == counts.shape[1]


def test_gc_content_is_a_share_of_the_known_letters():
    assert floors.gc_content(encode(["GCGN", "ATTN", "NNNN"]))[:, 0].tolist() == [1, 0, 0]


def test_ridge_is_scikit_learns(codes):
    features = floors.letters(codes)
    scores = np.random.default_rng(2).normal(10, 3, size=(60, 2))
    scores[:20, 1] = np.nan
    for penalty, model in zip(floors.PENALTIES, floors.ridge(features, scores), strict=True):
        for output in range(2):
            known = np.isfinite(scores[:, output])
            expected = Ridge(alpha=penalty).fit(
                features[known].astype(float), scores[known, output]
            )
            results = model(features)[:, output]
            assert results == pytest.approx(expected.predict(features), abs=1e-4)


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_gives_probabilities_that_favour_the_right_class(codes, classes):
    labels = (codes == 1).sum(axis=1) % classes
    features = np.eye(classes, dtype=np.float32)[labels]
    for model in floors.logistic(features, labels):
        probability = model(features)
        assert probability.sum(axis=1) == pytest.approx(np.ones(60))
    assert (floors.logistic(features, labels)[0](features).argmax(axis=1) == labels).all()


def test_a_sample_of_rows_keeps_every_class():
    table = pa.table({"score": ["a"] * 5000 + ["rare"] + ["b"] * 5000 + ["rarer"]})
    sample = floors.sample_rows(table, 100, "score")["score"].to_pylist()
    assert set(sample) == {"a", "b", "rare", "rarer"} and len(sample) <= 104
    assert len(floors.sample_rows(table, 100)) == 100


def test_a_level_that_a_sample_lacks_is_no_stranger(tmp_path):
    """A floor of a large table learns from some of its rows, and is asked about all levels."""
    rows = 3000
    table = pa.table(
        {
            "sequence": ["ACGTACGT"] * rows,
            "score": np.arange(rows) / 7,
            "cell": ["usual"] * (rows - 1) + ["rare"],
        }
    )
    pq.write_table(table, tmp_path / "train.parquet")
    part = floors.sample_rows(table, 100)
    assert "rare" not in part["cell"].to_pylist()
    seen = floors.fit_inputs(tmp_path / "train.parquet", {"cell": "category"})
    parts = {"train": part, "validation": table, "test": table}
    floor = floors.fit_floor(floors.ALONE, parts, floors.Target(["score"]), seen)
    assert floor.metrics["n"] == rows
    assert not floors.fit_inputs(tmp_path / "train.parquet", {})
