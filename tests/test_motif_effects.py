"""Insertion and mutagenesis, each against the rule or a loop."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from seq2score.evaluation.metrics import auroc
from seq2score.motifs import insertion, mutagenesis, perturbation
from seq2score.sequences.encoding import N, encode

LETTERS = np.array([20.0, 17, 14, 11])


def rule(codes: np.ndarray) -> np.ndarray:
    """The built-in task's score."""
    text = ["".join("ACGTN"[code] for code in row) for row in codes]
    motifs = np.array([10.0 * ("TAT" in s) - 10 * ("GCG" in s) for s in text])
    return LETTERS[codes].mean(axis=1) + motifs


def test_inserted_sequences_hold_the_motif_where_there_is_room():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (500, 8), dtype=np.uint8)
    codes[:, :3] = N
    codes[0, 4:] = N
    without, inserted = insertion.insert(codes, encode(["TNT"])[0], np.ones(6, bool), rng)
    assert len(without) == 499
    changed = without != inserted
    assert (changed.sum(axis=1) <= 2).all() and not changed[:, :3].any()
    places = [s for row in inserted for s in range(6) if row[s] == row[s + 2] == 3]
    assert set(places) == {3, 4, 5}
    assert len(insertion.insert(codes, encode(["A" * 8])[0], np.ones(1, bool), rng)[0]) == 0


def test_effects_over_seeds():
    row = {"model": "cnn", "motif": "TAT", "output": "score", "truth": 2.0}
    row |= {"effect_low": 1.0, "effect_high": 3.0}
    (alone,) = insertion.over_seeds([row | {"seed": 1, "effect": 2.0}])
    assert (alone["low"], alone["high"], alone["truth"]) == (1.0, 3.0, 2.0)
    (both,) = insertion.over_seeds([row | {"seed": s, "effect": s} for s in (2.0, 4.0)])
    assert (both["effect"], both["low"], both["high"]) == (3.0, 2.0, 4.0)
    assert insertion.over_seeds([]) == []


def test_motifs_go_where_the_library_varies():
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (1000, 12), dtype=np.uint8)
    codes[:, :3], codes[:, 7], codes[:, 11] = 2, 1, N
    codes[:5, 0] = 3  # errors of sequencing
    varies = insertion.varying(codes)
    assert np.flatnonzero(~varies).tolist() == [0, 1, 2, 7, 11]
    assert np.flatnonzero(insertion.places(varies, 3)).tolist() == [3, 4, 8]
    # where no place lies wholly within, those that lie furthest within
    assert np.flatnonzero(insertion.places(varies, 6)).tolist() == [3, 4, 5]


def test_effects_are_not_diluted_by_adapters():
    """Model and truth agree: 1.5 for TATA within the 20 varying letters, none in the adapters."""
    rng = np.random.default_rng(5)
    library = rng.integers(0, 4, (400, 60), dtype=np.uint8)
    library[:, :20], library[:, 40:] = encode(["ACGGA" * 4])[0], encode(["CCTGA" * 4])[0]

    def predict(codes):
        inside = codes[:, 20:40]
        windows = np.lib.stride_tricks.sliding_window_view(inside, 4, axis=1)
        return 1.5 * (windows == encode(["TATA"])[0]).all(axis=2).any(axis=1)[:, None]

    sample = insertion.draw_backgrounds(library, 2000, rng)
    rows = perturbation.insert_motifs(
        predict, predict, ["score"], ["TATA"], sample, insertion.varying(library)
    )
    held = predict(sample).mean()  # by chance, before the insertion
    assert rows[0]["effect"] == rows[0]["truth"] == pytest.approx(1.5 - held, abs=1e-9)
    assert (rows[0]["first"], rows[0]["last"]) == (21, 40)


def test_backgrounds_keep_constant_positions_and_padding():
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 4, (100, 6), dtype=np.uint8)
    codes[:, 2] = 3
    codes[:, 5] = N
    codes[:50, 4] = N
    sample = insertion.draw_backgrounds(codes, 2000, rng)
    assert (sample[:, 2] == 3).all() and (sample[:, 5] == N).all()
    assert 0.4 < (sample[:, 4] == N).mean() < 0.6
    assert np.bincount(sample[:, 0], minlength=4).min() > 300


def test_the_rule_s_own_effects():
    rng = np.random.default_rng(3)
    backgrounds = rng.integers(0, 4, (20_000, 8), dtype=np.uint8)
    for word, truth in [("TAT", 9.1), ("GCG", -9.9)]:
        pair = insertion.insert(backgrounds, encode([word])[0], np.ones(6, bool), rng)
        mean, interval = insertion.mean_change(rule, *pair)
        assert mean[0] == pytest.approx(truth, abs=0.15)
        assert interval[0, 0] < mean[0] < interval[1, 0]


def test_substitutions_one_by_one():
    codes = np.concatenate([encode(["CCTATCCC", "GCGAAAAA"]), [[0, N, 3, 0, 3, 0, 0, 0]]])
    codes = codes.astype(np.uint8)

    def with_n(batch):
        return rule(np.where(batch == N, 0, batch))

    change = mutagenesis.changes(with_n, codes)
    for row, sequence in enumerate(codes):
        for position in range(8):
            for letter in range(4):
                other = sequence.copy()
                other[position] = letter
                expected = with_n(other[None])[0] - with_n(sequence[None])[0]
                if sequence[position] == N:
                    expected = 0
                assert change[row, letter, position] == pytest.approx(expected)
    assert mutagenesis.attribution(change)[0, 2:5].min() > 9


def test_attribution_finds_single_motifs():
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (3000, 8), dtype=np.uint8)
    inside, number = mutagenesis.motif_positions(codes, ["TAT", "GCG"])
    single = number == 1
    assert (inside[single].sum(axis=1) == 3).all() and not inside[number == 0].any()
    values = np.abs(mutagenesis.attribution(mutagenesis.changes(rule, codes[single])))
    area = auroc(inside[single].ravel(), values.ravel())
    assert area > 0.98
    assert area == pytest.approx(roc_auc_score(inside[single].ravel(), values.ravel()))
