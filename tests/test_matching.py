"""Filters against known motifs: words by their logos, databases by Tomtom and what chance gives."""

import numpy as np
import pytest
import torch
from scipy import stats

from seq2score.models import build
from seq2score.motifs import database, matches, matching, matrices, words
from seq2score.motifs.sites import find_sites

UNIFORM = np.full(4, 0.25)


def logo(word: str) -> np.ndarray:
    return words.word_logo(word)[None]


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
    value, position = words.similarity(logo(seen), words.word_logo(word))
    assert value[0] == pytest.approx(expected)
    assert position[0] == offset


def test_planted_words_are_matched_and_chance_is_not():
    logos = np.concatenate([logo("TAT"), logo("ATA"), 0.02 * logo("GCG"), 0 * logo("AAA")])
    matches = words.match_words(logos, ["TAT", "GCG"], both_strands=False)
    np.testing.assert_allclose(matches["score"].diagonal(), [1, 1 / 3], atol=0.4)
    assert matches["p_value"][0, 0] == pytest.approx(1 / 64, rel=0.5)
    assert matches["p_value"][3].min() == 1 and (matches["p_value"][0, 1] > 0.05)
    assert (matches["q_value"] >= matches["p_value"]).all()
    assert matches["expected_by_chance"][0, 0] == pytest.approx(4 / 64, rel=0.5)
    assert matches["observed"][0, 0] == 1


def test_both_strands():
    matches = words.match_words(logo("AAGC"), ["GCTT"], both_strands=True)
    assert matches["strand"][0, 0] == "-" and matches["score"][0, 0] == pytest.approx(1)
    item = words.match_words(logo("AAGC"), ["GCTT"], both_strands=False)
    assert item["score"][0, 0] < 0.6


def test_q_values_of_words_are_benjamini_and_hochbergs():
    matches = words.match_words(
        np.concatenate([logo("ACGTACG"), logo("TTT" + "N" * 4)]), ["ACGTACG"], False
    )
    p = np.sort(matches["p_value"].ravel())
    np.testing.assert_allclose(np.sort(matches["q_value"].ravel()), [min(2 * p[0], p[1]), p[1]])


def test_a_filter_that_excludes_a_word_is_never_named_after_it():
    """Filter 20 of the built-in cnn: G, then A or T, then G; the C of GCG is what it dislikes most.

    Its logo is as similar to GCG's as a match must be, but so are those of many by chance.
    """
    excludes = np.array([[0, 1, 0], [0, 0, 0], [2.0, 0, 2], [0, 1, 0]]) * [1, 0.5, 1]
    others = np.random.default_rng(1).permuted(np.repeat(logo("ACG"), 31, axis=0), axis=1)
    logos = np.concatenate([excludes[None], others])
    matches = words.match_words(logos, ["TAT", "GCG"], both_strands=False)
    assert matches["score"][0, 1] > words.SIMILAR
    assert not matches["match"][0].any()
    assert (matches["q_value"][matches["match"]] <= words.SIGNIFICANT).all()


def test_trimming_keeps_what_tells_something_and_nothing_of_an_empty_motif():
    ppm = np.arange(20.0).reshape(4, 5)
    kept, start = matching.trimmed(ppm, np.array([0.1, 1, 0, 0.5, 0.2]))
    assert start == 1 and kept.shape == (4, 3)
    assert matching.trimmed(ppm, np.zeros(5))[0].shape == (4, 0)


def test_decoys_keep_where_a_motif_is_informative():
    ppm, bits = np.arange(24.0).reshape(4, 6), np.array([1, 0, 1, 0, 1, 1.0])
    orders = {tuple(matching.permuted(ppm, bits, np.random.default_rng(s))[0]) for s in range(200)}
    assert len(orders) == 48  # 4! of the informative ones, 2! of the others
    assert all({order[1], order[3]} == {1.0, 3.0} for order in orders)


def false_matches(random, signals: int) -> tuple[int, int]:
    """Queries called significant at 0.05, without and with a true match; each has its own noise."""
    blur = random.uniform(0.05, 1, 32)[:, None]  # p-values that are too low, by another factor each
    p_value = random.random((32, 300)) ** (1 / blur)
    decoys = (random.random((32, 50, 300)) ** (1 / blur[:, None])).min(axis=2).ravel()
    p_value[:signals, 0] = decoys.min() / 10
    passed = matching.false_discoveries(p_value, decoys)[2].min(axis=1) <= 0.05
    return passed[signals:].sum(), passed[:signals].sum()


@pytest.mark.slow
def test_chance_passes_no_more_often_than_stated_and_what_is_true_passes():
    random = np.random.default_rng(3)
    alone = [false_matches(random, signals=0)[0] for _ in range(100)]
    assert np.mean(alone) / 32 <= 0.05
    assert np.mean(np.array(alone) > 0) <= 0.1
    covariates = np.array([false_matches(random, signals=6) for _ in range(100)])
    assert (covariates[:, 1] == 6).all()
    assert np.mean(covariates[:, 0] / covariates.sum(axis=1)) <= 0.05


def test_matches_count_beside_the_decoys_of_their_query():
    """Blurred queries, whose decoys come far, take nothing from a sharp one beside them."""
    random = np.random.default_rng(4)
    blur = np.r_[np.full(8, 1.0), np.full(24, 4.0)]
    decoys = (random.random((32, 50, 300)) ** blur[:, None, None]).min(axis=2)
    p_value = random.random((32, 300)) ** blur[:, None]
    p_value[:8, 0] = 2e-8
    far, by_chance = matching.surprise(p_value, decoys)
    q_value = matching.false_discoveries(-far, -by_chance.ravel())[2].min(axis=1)
    assert (q_value[:8] <= 0.05).all() and (q_value[8:] <= 0.05).sum() <= 1
    pooled = matching.false_discoveries(p_value, decoys.ravel())[2].min(axis=1)
    assert (pooled[:8] > 0.05).any()  # so that the test can fail


def test_counts_beside_each_other():
    p_value = np.array([[0.001, 0.5], [0.01, 0.2]])
    decoys = np.array([0.005, 0.02, 0.03, 0.6])
    expected, observed, q_value = matching.false_discoveries(p_value, decoys)
    np.testing.assert_allclose(expected, 2 * np.array([[1, 4], [2, 4]]) / 5)
    np.testing.assert_array_equal(observed, [[1, 2], [2, 2]])
    np.testing.assert_allclose(q_value, [[0.4, 0.8], [0.4, 0.8]])


def untrained(seed: int, width: int = 15) -> tuple[np.ndarray, np.ndarray]:
    """PPMs and information of 32 filters that have learned nothing."""
    torch.manual_seed(seed)
    network = build("cnn", {"filters": 32, "kernel_size": width}, 60, 1)
    codes = np.random.default_rng(seed).integers(0, 4, (1000, 60), dtype=np.uint8)
    sites = find_sites(network, codes, {"method": "fraction", "value": 0.5})
    ppms = matrices.probabilities(sites.counts, sites.background)
    return ppms, matrices.information(ppms, sites.background, sites.number)


def seen(motif: np.ndarray, random: np.random.Generator, sites: int = 1000) -> np.ndarray:
    """What a filter of width 15 would show of a motif: its sites, with random letters around."""
    ppm = np.full((4, 15), 0.25)
    width = min(12, motif.shape[1])
    ppm[:, 1 : 1 + width] = motif[:, :width]
    counts = np.stack([random.multinomial(sites, column) for column in ppm.T], axis=1)
    return matrices.probabilities(counts.astype(float), UNIFORM)


@pytest.fixture(scope="module")
def vertebrates():
    return database.read_jaspar("JASPAR2026", ["vertebrates"])


@pytest.mark.slow  # the first call compiles Tomtom
def test_untrained_filters_match_no_motif_of_jaspar_and_planted_motifs_do(vertebrates):
    random, share, by_tomtom = np.random.default_rng(2), [], []
    for seed in range(10):
        matches = matching.match_motifs(*untrained(seed), vertebrates.ppms, both_strands=False)
        share.append((matches.q_value.min(axis=1) <= matching.SIGNIFICANT).mean())
        of_each = stats.false_discovery_control(matches.p_value, axis=1).min(axis=1)
        by_tomtom.append((of_each <= matching.SIGNIFICANT).mean())
    assert np.mean(share) <= 0.05
    assert np.mean(by_tomtom) > 0.5  # what the calibration is for

    planted = ["MA0139.2", "MA0046.3", "MA0099.4", "MA0052.5", "MA0060.4", "MA0090.4"]
    places = [vertebrates.ids.index(motif) for motif in planted]
    ppms, bits = untrained(11)
    for f, position in enumerate(places):
        ppms[f] = seen(vertebrates.ppms[position], random)
        bits[f] = matrices.information(ppms[f], UNIFORM, np.array(1000))
    matches = matching.match_motifs(ppms, bits, vertebrates.ppms, both_strands=False)
    assert (matches.q_value[range(6), places] <= matching.SIGNIFICANT).all()
    assert (matches.q_value[6:].min(axis=1) <= matching.SIGNIFICANT).sum() <= 1


@pytest.mark.slow
def test_tomtom_finds_a_jaspar_motif_on_either_strand(vertebrates):
    ctcf = vertebrates.ids.index("MA0139.2")
    motif = vertebrates.ppms[ctcf]
    around = np.full((4, 2), 0.25)
    shifted = np.concatenate([around, motif[:, :10]], axis=1)
    queries = [motif[:, 3:13], shifted, motif[::-1, ::-1][:, 3:13], np.full((4, 5), 0.25)]
    bits = [matrices.information(ppm, UNIFORM, np.array(1000)) for ppm in queries]
    both = matching.match_motifs(queries, bits, vertebrates.ppms, both_strands=True)
    assert (both.q_value[:3, ctcf] <= 0.05).all() and (both.q_value[3] == 1).all()
    assert both.offset[:3, ctcf].tolist() == [-3, 2, -3]
    assert both.strand[:3, ctcf].tolist() == ["+", "+", "-"]
    item = matching.match_motifs(queries, bits, vertebrates.ppms, both_strands=False)
    assert item.q_value[0, ctcf] <= 0.05 < item.q_value[2, ctcf]


def test_the_log_tells_what_chance_would_give():
    row = {"filter": 3, "match": 1, "expected_by_chance": 0.31}
    result = matches.summary([row, row | {"filter": 4, "match": 0}], 32)
    assert (
        result
        == "1 of 32 filters match a known motif at a q-value of at most 0.05; by chance 0.31 would"
    )
    assert matches.summary([], 32).endswith("0.05")
