"""Filters to motifs: against loops, textbook values and the reader that others use."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seq2score.errors import InputError
from seq2score.motifs import matrices
from seq2score.motifs.database import read_meme
from seq2score.motifs.meme import to_meme
from seq2score.motifs.sites import find_sites
from seq2score.sequences.encoding import N, one_hot

UNIFORM = np.full(4, 0.25)


class Scanner(torch.nn.Module):
    """A first layer alone, with or without padding to the full length."""

    def __init__(self, weights: np.ndarray, padding="valid"):
        super().__init__()
        filters, _, width = weights.shape
        self.convolution = torch.nn.Conv1d(4, filters, width, padding=padding, bias=False)
        self.convolution.weight.data = torch.from_numpy(weights.astype(np.float32))

    @property
    def first_filters(self):
        return self.convolution.weight

    def first_activations(self, letters):
        return torch.relu(self.convolution(letters))


def count_by_loop(network, codes, limits, best_only=False):
    """The same counts, one window of one sequence at a time."""
    filters, _, width = network.first_filters.shape
    counts = np.zeros((filters, 4, width))
    for sequence in codes:
        for f in range(filters):
            results = []
            for start in range(len(sequence) - width + 1):
                window = sequence[start : start + width]
                if N in window:
                    continue
                seen = network.first_activations(torch.from_numpy(one_hot(window[None])))[0, f]
                results.append((seen[(len(seen) - 1) // 2].item(), -start, window))
            if best_only:
                results = sorted(results, key=lambda site: site[:2])[-1:]
            for activation, _, window in results:
                if activation > limits[f]:
                    counts[f, window, np.arange(width)] += 1
    return counts


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("width", [1, 3, 4])
@pytest.mark.parametrize("best_only", [False, True])
@pytest.mark.parametrize(
    ("method", "value"), [("absolute", 0), ("absolute", 1), ("fraction", 0.5), ("basset", 0.5)]
)
def test_counts_are_those_of_a_loop(method, value, best_only, width, padding):
    rng = np.random.default_rng(3)
    # Quarters add up exactly, whatever the order, so that no activation is near a threshold.
    weights = rng.integers(-8, 9, (5, 4, width)) / 4
    weights[2] = -1
    codes = rng.choice(5, size=(20, 7), p=[0.3, 0.2, 0.2, 0.27, 0.03]).astype(np.uint8)
    network = Scanner(weights, padding)
    results = find_sites(network, codes, {"method": method, "value": value}, best_only)
    np.testing.assert_array_equal(
        results.counts, count_by_loop(network, codes, results.thresholds, best_only)
    )
    assert results.number[2] == 0 and results.maxima[2] == 0


def test_batches_change_nothing(monkeypatch):
    rng = np.random.default_rng(4)
    network = Scanner(rng.normal(size=(6, 4, 3)))
    codes = rng.integers(0, 4, (300, 8), dtype=np.uint8)
    whole = find_sites(network, codes, {"method": "top", "value": 50})
    monkeypatch.setattr("seq2score.motifs.sites._BATCH_NUMBERS", 2000)
    parts = find_sites(network, codes, {"method": "top", "value": 50})
    np.testing.assert_array_equal(whole.counts, parts.counts)
    np.testing.assert_allclose(whole.background, parts.background)


def test_top_takes_the_strongest_windows_and_their_equals():
    network = Scanner(np.eye(4)[None, :, :1] * [[[1], [1], [1], [1]]])  # responds to A alone
    codes = np.array([[0, 1, 2, 3], [0, 0, 3, 3]], dtype=np.uint8)
    assert find_sites(network, codes, {"method": "top", "value": 1}).number[0] == 3
    assert find_sites(network, codes, {"method": "top", "value": 8}).number[0] == 3


def test_background_is_that_of_the_scanned_windows():
    network = Scanner(np.ones((1, 4, 2)))
    codes = np.array([[0, 0, 3, N, 2]], dtype=np.uint8)  # windows AA and AT
    results = find_sites(network, codes, {"method": "absolute", "value": 0})
    np.testing.assert_allclose(results.background, [0.75, 0, 0, 0.25])


def test_without_a_real_window_there_is_one_message():
    codes = np.array([[0, N, 0, N]], dtype=np.uint8)
    with pytest.raises(InputError, match="no window of 2 letters"):
        find_sites(Scanner(np.ones((1, 4, 2))), codes, {"method": "fraction", "value": 0.5})


def test_information_of_known_matrices():
    counts = np.array([[100.0, 25, 50], [0, 25, 50], [0, 25, 0], [0, 25, 0]])
    ppm = matrices.probabilities(counts, UNIFORM, pseudocount=0)
    e = 3 / (2 * np.log(2) * 100)
    np.testing.assert_allclose(
        matrices.information(ppm, UNIFORM, np.array(100)), [2 - e, 0, 1 - e], atol=1e-12
    )
    skewed = np.array([0.7, 0.1, 0.1, 0.1])
    ppm = matrices.probabilities(100 * skewed[:, None], skewed)
    np.testing.assert_allclose(ppm[:, 0], skewed)
    assert matrices.information(ppm, skewed, np.array(100)) == 0


def test_a_pseudocount_is_spread_as_the_background_is():
    background = np.array([0.4, 0.3, 0.2, 0.1])
    empty = matrices.probabilities(np.zeros((2, 4, 3)), background)
    np.testing.assert_allclose(empty, np.broadcast_to(background[:, None], (2, 4, 3)))
    item = matrices.probabilities(np.array([[1.0], [0], [0], [0]]), background, pseudocount=2)
    np.testing.assert_allclose(item[:, 0], (np.array([1, 0, 0, 0]) + 2 * background) / 3)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
def test_information_lies_between_nothing_and_the_rarest_letter(seed, sites):
    rng = np.random.default_rng(seed)
    background = rng.dirichlet([2] * 4)
    counts = rng.multinomial(sites, rng.dirichlet([0.5] * 4), size=6).T.astype(float)
    ppm = matrices.probabilities(counts, background)
    bits = matrices.information(ppm, background, np.array(sites))
    np.testing.assert_allclose(ppm.sum(axis=0), 1)
    assert (bits >= 0).all() and (bits <= -np.log2(background.min())).all()
    np.testing.assert_allclose(matrices.letter_heights(ppm, bits).sum(axis=0), bits)


def test_consensus_and_state():
    ppm = np.array([[0.97, 0.25], [0.01, 0.25], [0.01, 0.25], [0.01, 0.25]])
    bits = matrices.information(ppm, UNIFORM, np.array(1000))
    assert matrices.consensus(ppm, bits) == "AN"
    assert [matrices.state(n) for n in [0, 9, 10]] == ["dead", "few sites", "ok"]


def test_meme_files_are_read_back(tmp_path):
    rng = np.random.default_rng(5)
    ppms = rng.dirichlet([0.4] * 4, size=(3, 7)).transpose(0, 2, 1)
    path = tmp_path / "filters.meme"
    path.write_text(to_meme(["f0", "f1", "f2"], ppms, np.array([12, 0, 9000]), UNIFORM))
    back = read_meme(str(path))
    assert back.ids == ["f0", "f1", "f2"]
    np.testing.assert_allclose(np.stack(back.ppms), ppms, atol=1e-6)
    assert "nsites= 9000" in path.read_text()


def test_files_that_are_no_motifs_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"no file .*none\.meme"):
        read_meme(tmp_path / "none.meme")
    matrix = "MOTIF a\nletter-probability matrix: w= 2\n"
    rows = ["0.1 x 0.2 0.3\n", "0 0 0 0\n0 0 0 0\n", "2 2 2 2\n" * 2, "-1 1 0.5 0.5\n" * 2]
    for text in ["", ">seq\nACGT\n", *(matrix + row for row in rows)]:
        (tmp_path / "bad.meme").write_text(text)
        with pytest.raises(InputError, match=r"bad\.meme"):
            read_meme(tmp_path / "bad.meme")
