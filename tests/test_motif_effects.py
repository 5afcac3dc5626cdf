"""Matching, insertion and mutagenesis, each against the rule or a loop."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from seq2score.motifs import database, insertion, matching, mutagenesis
from seq2score.sequences.encoding import N, encode

LETTERS = np.array([20.0, 17, 14, 11])


def rule(codes: np.ndarray) -> np.ndarray:
    """The built-in task's score."""
    text = ["".join("ACGTN"[code] for code in row) for row in codes]
    motifs = np.array([10.0 * ("TAT" in s) - 10 * ("GCG" in s) for s in text])
    return LETTERS[codes].mean(axis=1) + motifs


def logo(word: str) -> np.ndarray:
    return matching.word_logo(word)[None]


@pytest.mark.parametrize(
    ("seen", "word", "expected", "offset"),
    [
        ("TAT", "TAT", 1, 0),
        ("NTATN", "TAT", 1, 1),
        ("TATN", "TAT", 1, 0),
        ("ATN", "TAT", 2 / np.sqrt(6), -1),  # a shifted filter that sees two of three letters
        ("TAG", "TAT", 2 / 3, 0),
        ("GCGTAT", "TAT", 1 / np.sqrt(2), 3),  # three informative letters are left over
        ("TATA", "GGTATACC", 1, -2),  # the motif is longer than the filter
    ],
)
def test_similarity_at_the_best_offset(seen, word, expected, offset):
    value, place = matching.similarity(logo(seen), matching.word_logo(word))
    assert value[0] == pytest.approx(expected)
    assert place[0] == offset


def test_planted_words_are_matched_and_chance_is_not():
    logos = np.concatenate([logo("TAT"), logo("ATA"), 0.02 * logo("GCG"), 0 * logo("AAA")])
    found = matching.match_words(logos, ["TAT", "GCG"], both_strands=False)
    np.testing.assert_allclose(found["score"].diagonal(), [1, 1 / 3], atol=0.4)
    assert found["p_value"][0, 0] == pytest.approx(1 / 64, rel=0.5)
    assert found["p_value"][3].min() == 1 and (found["p_value"][0, 1] > 0.05)
    assert (found["q_value"] >= found["p_value"]).all()


def test_both_strands():
    found = matching.match_words(logo("AAGC"), ["GCTT"], both_strands=True)
    assert found["strand"][0, 0] == "-" and found["score"][0, 0] == pytest.approx(1)
    one = matching.match_words(logo("AAGC"), ["GCTT"], both_strands=False)
    assert one["score"][0, 0] < 0.6


def test_q_values_are_benjamini_and_hochbergs():
    p = np.array([0.01, 0.04, 0.03, 0.5])
    np.testing.assert_allclose(matching.q_values(p), [0.04, 0.16 / 3, 0.16 / 3, 0.5])


@pytest.mark.slow  # the first call compiles Tomtom
def test_tomtom_finds_a_jaspar_motif_on_either_strand():
    known = database.read_jaspar("JASPAR2026", ["vertebrates"])
    ctcf = known.ids.index("MA0139.2")
    motif = known.ppms[ctcf]
    background = np.full((4, 2), 0.25)
    shifted = np.concatenate([background, motif[:, :10]], axis=1)
    seen = [motif[:, 3:13], shifted, motif[::-1, ::-1][:, 3:13]]
    both = matching.match_matrices(seen, known.ppms, both_strands=True)
    assert (both["q_value"][:, ctcf] < 1e-6).all()
    assert both["offset"][:, ctcf].tolist() == [-3, 2, -3]
    assert both["strand"][:, ctcf].tolist() == ["+", "+", "-"]
    one = matching.match_matrices(seen, known.ppms, both_strands=False)
    assert one["q_value"][0, ctcf] < 1e-6 and one["q_value"][2, ctcf] > 0.05
    assert (one["q_value"] >= one["p_value"]).all()


def test_trimming_keeps_what_tells_something():
    ppm = np.arange(20.0).reshape(4, 5)
    kept, start = matching.trimmed(ppm, np.array([0.1, 1, 0, 0.5, 0.2]))
    assert start == 1 and kept.shape == (4, 3)
    assert matching.trimmed(ppm, np.zeros(5))[0].shape == (4, 5)


def test_inserted_sequences_hold_the_motif_where_there_is_room():
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, (500, 8), dtype=np.uint8)
    codes[:, :3] = N
    codes[0, 4:] = N
    without, inserted = insertion.insert(codes, encode(["TNT"])[0], rng)
    assert len(without) == 499
    changed = without != inserted
    assert (changed.sum(axis=1) <= 2).all() and not changed[:, :3].any()
    places = [s for row in inserted for s in range(6) if row[s] == row[s + 2] == 3]
    assert set(places) == {3, 4, 5}
    assert len(insertion.insert(codes, encode(["A" * 8])[0], rng)[0]) == 0


def test_backgrounds_keep_constant_positions_and_padding():
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 4, (100, 6), dtype=np.uint8)
    codes[:, 2] = 3
    codes[:, 5] = N
    codes[:50, 4] = N
    drawn = insertion.draw_backgrounds(codes, 2000, rng)
    assert (drawn[:, 2] == 3).all() and (drawn[:, 5] == N).all()
    assert 0.4 < (drawn[:, 4] == N).mean() < 0.6
    assert np.bincount(drawn[:, 0], minlength=4).min() > 300


def test_the_rule_s_own_effects():
    rng = np.random.default_rng(3)
    backgrounds = rng.integers(0, 4, (20_000, 8), dtype=np.uint8)
    for word, truth in [("TAT", 9.1), ("GCG", -9.9)]:
        pair = insertion.insert(backgrounds, encode([word])[0], rng)
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
        for place in range(8):
            for letter in range(4):
                other = sequence.copy()
                other[place] = letter
                expected = with_n(other[None])[0] - with_n(sequence[None])[0]
                if sequence[place] == N:
                    expected = 0
                assert change[row, letter, place] == pytest.approx(expected)
    assert mutagenesis.attribution(change)[0, 2:5].min() > 9


def test_attribution_finds_single_motifs():
    rng = np.random.default_rng(4)
    codes = rng.integers(0, 4, (3000, 8), dtype=np.uint8)
    inside, number = mutagenesis.motif_positions(codes, ["TAT", "GCG"])
    single = number == 1
    assert (inside[single].sum(axis=1) == 3).all() and not inside[number == 0].any()
    values = np.abs(mutagenesis.attribution(mutagenesis.changes(rule, codes[single])))
    area = mutagenesis.auroc(values.ravel(), inside[single].ravel())
    assert area > 0.98
    assert area == pytest.approx(roc_auc_score(inside[single].ravel(), values.ravel()))
