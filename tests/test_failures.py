"""Residuals explained by features: a planted one is found, and chance is not."""

import numpy as np
import pyarrow as pa
import pytest

from seq2score.evaluation import failures
from seq2score.evaluation.resampling import every_row
from seq2score.sequences.encoding import strings


def table(bias=0.0, spread=0.0, rows=600, seed=1):
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (rows, 10), dtype=np.uint8)
    tat = (np.lib.stride_tricks.sliding_window_view(codes, 3, axis=1) == [3, 0, 3]).all(2).sum(1)
    batch = random.integers(0, 2, rows)
    residual = random.normal(size=rows) * (1 + spread * batch) + bias * tat
    score = random.normal(size=rows)
    return pa.table(
        {
            "sequence": strings(codes),
            "score": score,
            "prediction": score + residual,
            "batch": np.array(["old", "new"])[batch],
            "depth": random.normal(size=rows),
        }
    )


def test_features_that_residuals_depend_on_come_first():
    rows = failures.explained(table(bias=3.0, spread=2.0), ["batch", "depth"], every_row(600))
    first = {row["question"]: row for row in reversed(rows)}
    assert first["bias"]["feature"] == "number of TAT" and first["bias"]["correlation"] > 0
    assert first["error"]["feature"].startswith("batch is") and first["error"]["q_value"] < 1e-6
    assert next(row for row in rows if row["feature"] == "depth")["q_value"] > 0.01


def test_chance_is_no_finding():
    rows = failures.explained(table(), ["batch", "depth"], every_row(600))
    p_values = np.array([row["p_value"] for row in rows])
    assert 0.02 < (p_values < 0.05).mean() < 0.09
    assert min(row["q_value"] for row in rows) > 0.05
    assert not any(row["feature"] == "number of ACGTA" for row in rows)


@pytest.mark.slow
def test_the_false_discovery_rate_holds():
    """At 0.1: over sets without any effect, and among what is found where TAT has one."""
    by_chance, shares, results = [], [], []
    for seed in range(20):
        random, noise = np.random.default_rng(100 + seed), [f"noise {i}" for i in range(60)]
        for bias in (0.0, 1.5):
            rows = table(bias=bias, rows=200, seed=seed)
            for name in noise:
                rows = rows.append_column(name, pa.array(random.normal(size=200)))
            rows = failures.explained(rows, ["batch", "depth", *noise], every_row(200))
            kept = [row["feature"] for row in rows if row["q_value"] <= 0.1]
            if not bias:
                by_chance.append(bool(kept))
                continue
            # What shares letters with TAT does go with it; the table's columns do not.
            false = [name for name in kept if name.startswith(("noise", "batch", "depth"))]
            shares.append(len(false) / max(len(kept), 1))
            results.append("number of TAT" in kept)
    assert np.mean(by_chance) <= 0.1 + 2 * np.sqrt(0.1 * 0.9 / 20)
    assert np.mean(shares) <= 0.1
    assert np.mean(results) > 0.9


def test_ranks_as_spearman():
    from scipy.stats import spearmanr

    x, y = np.random.default_rng(2).normal(size=(2, 50)).round(1)
    expected = spearmanr(x, y)
    result = failures._rank_correlation(x, y, np.arange(50))
    np.testing.assert_allclose(result, [*expected], rtol=1e-6)


def test_rows_of_one_unit_count_as_one():
    x, y = np.random.default_rng(2).normal(size=(2, 50))
    alone = failures._rank_correlation(x, y, np.arange(50))
    ten = (np.repeat(values, 10) for values in (x, y, np.arange(50)))
    assert failures._rank_correlation(*ten) == pytest.approx(alone, rel=1e-6)


def test_classes_and_letters_of_rna():
    scored = table().drop_columns(["score", "prediction"])
    truth = np.array(["a", "b"])[np.arange(600) % 2]
    scored = scored.append_column("score", pa.array(truth))
    half = np.full(600, 0.5)
    scored = scored.append_column("probability_a", pa.array(half))
    scored = scored.append_column("probability_b", pa.array(half))
    rows = failures.explained(scored, [], every_row(600), "ACGU")
    assert {row["question"] for row in rows} == {"error"}
    assert any(row["feature"] == "U at position 3" for row in rows)
    assert all(row["correlation"] == 0 == pytest.approx(1 - row["p_value"]) for row in rows)


def test_an_empty_cell_is_no_level():
    cells = pa.array(["x", None, "", "y"] * 150)
    rows = failures.explained(
        table().append_column("note", cells), ["note"], every_row(600), "ACGT"
    )
    levels = {row["feature"] for row in rows if row["feature"].startswith("note ")}
    assert levels == {"note is x", "note is y"}
