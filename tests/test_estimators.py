"""Boosted trees and kernel ridge: their features, and that they learn what is to be learned."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from threadpoolctl import threadpool_limits

from seq2score.errors import InputError
from seq2score.models import build, features
from seq2score.models.estimator import Examples
from seq2score.sequences import encoding

LENGTH = 9
SMALL = {"trees": {"trees": 60}, "kernel": {"kmers": 4, "landmarks": 200}}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As `Fitting` does: on a busy machine many are slower."""
    with threadpool_limits(1):
        yield


def random_rows(rows, seed, outputs=1, noise=0.3):
    """A score of letters and of one word; further outputs are its multiples."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (rows, LENGTH), dtype=np.uint8)
    word = features.kmers(codes, (0, 1, 2))[:, 27]
    score = (codes == 0).sum(1) + 3 * word + noise * random.normal(size=rows)
    targets = (score - 3)[:, None] / 2 * (1 + np.arange(outputs))
    return Examples(codes, targets, np.ones(rows))


def classes(examples, cuts=(-0.5, 0.5)):
    labels = np.digitize(examples.targets[:, 0], cuts)
    return Examples(examples.encoded, labels, examples.weights)


def fitted(name, train, validation, loss="mse", outputs=1, seed=1, **options):
    model = build(name, SMALL[name] | options, LENGTH, outputs)
    model.fit(train, validation, loss, seed)
    return model


def r2(model, examples, output=0):
    truth = examples.targets[:, output]
    missed = truth - model.outputs_of(examples.encoded)[:, output]
    return 1 - np.square(missed).mean() / truth.var()


# --------------------------------------------------------------------------------------- features
def test_kmers_are_counted_as_one_would_by_eye():
    codes = encoding.encode(["ACGACGN", "TTTTTTT"])
    counts = features.kmers(codes, (0, 1, 2))
    assert counts.shape == (2, 64)
    assert counts[0, 0b000110] == 2  # ACG
    assert counts.sum(1).tolist() == [4, 5]  # none across the N
    gapped = features.kmers(codes, (0, 3))
    assert gapped[0, 0] == 1 and gapped[0].sum() == 3  # A..A, C..C, G..G


@pytest.mark.parametrize("word", [(0, 1, 2), (0, 1, 2, 3), (0, 1, 4, 5)])
def test_both_strands_count_alike(word):
    codes = np.random.default_rng(0).integers(0, 5, (50, 12), dtype=np.uint8)
    turned = encoding.reverse_complement(codes)
    both = features.kmers(codes, word, both_strands=True)
    np.testing.assert_array_equal(both, features.kmers(turned, word, both_strands=True))
    assert both.sum() == features.kmers(codes, word).sum()
    assert both.shape[1] == (4 ** len(word) + 4 ** (len(word) // 2) * (len(word) % 2 == 0)) // 2


def test_sequences_shorter_than_the_word_have_none():
    codes = np.zeros((3, 2), np.uint8)
    for both in (False, True):
        assert features.kmers(codes, (0, 1, 2), both).sum() == 0
        longer = np.zeros((3, 5), np.uint8)
        assert (
            features.kmers(codes, (0, 1, 2), both).shape
            == features.kmers(longer, (0, 1, 2), both).shape
        )


def test_dinucleotides_are_pairs_of_letters():
    codes = np.random.default_rng(0).integers(0, 4, (20, 5), dtype=np.uint8)
    pairs = features.dinucleotides(codes).reshape(20, 4, 4, 4)
    letters = features.letters(codes).reshape(20, 5, 4)
    np.testing.assert_array_equal(
        pairs, np.einsum("npa,npb->npab", letters[:, :-1], letters[:, 1:])
    )


# -------------------------------------------------------------------------------- what is learned
@pytest.mark.parametrize(("name", "reached"), [("trees", 0.8), ("kernel", 0.8)])
def test_letters_and_words_are_learned(name, reached):
    train, validation, test = random_rows(600, 0), random_rows(200, 1), random_rows(300, 2)
    assert r2(fitted(name, train, validation), test) > reached


def test_a_kernel_that_was_saved_before_there_were_gaps_counts_as_it_did():
    of_then = {"kmers": 6, "strands": "auto", "landmarks": 3000}  # in a model.json of 0.2.0
    words = build("kernel", of_then, 60, 1).words
    assert words == [tuple(range(k)) for k in range(words[0][-1] + 1, 7)]
    assert len(build("kernel", {**of_then, "gaps": 5}, 60, 1).words) == len(words) + 5


def test_gapped_pairs_are_learned():
    """GA and TC with three letters between, wherever they stand: k-mers of four letters miss it."""
    random = np.random.default_rng(0)
    codes = random.integers(0, 4, (1500, 60), dtype=np.uint8)
    (word,) = (w for w in features.spaced_pairs(5) if w == (0, 1, 5, 6))
    count = features.kmers(codes, word)[:, 0b10001101]
    targets = ((count - count.mean()) / count.std() + 0.3 * random.normal(size=1500))[:, None]
    parts = [
        Examples(codes[rows], targets[rows], np.ones(500))
        for rows in (slice(500), slice(500, 1000), slice(1000, 1500))
    ]
    reached = {}
    for gaps in (0, 5):
        model = build("kernel", {"kmers": 4, "gaps": gaps, "landmarks": 500}, 60, 1)
        model.fit(*parts[:2], "mse", 1)
        reached[gaps] = r2(model, parts[2])
    assert reached[5] > 0.4 > 0.2 > reached[0], reached


@pytest.mark.parametrize("name", ["trees", "kernel"])
def test_outputs_with_missing_scores_are_learned_apart(name):
    train, validation, test = (random_rows(n, s, 2) for n, s in ((500, 0), (150, 1), (200, 2)))
    train.targets[::2, 1] = np.nan
    validation.targets[::4, 0] = np.nan
    model = fitted(name, train, validation, outputs=2)
    assert min(r2(model, test, 0), r2(model, test, 1)) > 0.6


@pytest.mark.parametrize("name", ["trees", "kernel"])
@pytest.mark.parametrize("cuts", [(0.0,), (-0.5, 0.5)])
def test_classes_have_probabilities_that_hold(name, cuts):
    train, validation, test = (
        classes(random_rows(n, s), cuts) for n, s in ((600, 0), (300, 1), (400, 2))
    )
    model = fitted(name, train, validation, "cross_entropy", outputs=len(cuts) + 1)
    shares = torch.from_numpy(model.outputs_of(test.encoded)).softmax(1).numpy()
    hits = shares.argmax(1) == test.targets
    assert hits.mean() > 0.6
    # As often right as they say, within four standard errors.
    sure = shares.max(1)
    assert (
        abs(hits.mean() - sure.mean()) < 4 * np.sqrt((sure * (1 - sure)).mean() / len(sure)) + 0.05
    )


@pytest.mark.parametrize("name", ["trees", "kernel"])
def test_weights_count(name):
    train, validation = random_rows(300, 0), random_rows(100, 1)
    opposite = Examples(train.encoded, -train.targets, np.full(300, 1e-3))
    both = [np.concatenate([getattr(a, f) for a in (train, opposite)]) for f in vars(train)]
    assert r2(fitted(name, Examples(*both), validation), random_rows(200, 2)) > 0.6


@pytest.mark.parametrize("name", ["trees", "kernel"])
def test_the_same_seed_gives_the_same_bytes(name):
    train, validation = random_rows(300, 0), random_rows(100, 1)
    ours, again = (fitted(name, train, validation, seed=5).arrays for _ in range(2))
    assert ours.keys() == again.keys()
    for key in ours:
        np.testing.assert_array_equal(ours[key], again[key])


@pytest.mark.parametrize(
    ("loss", "outputs"), [("mse", 1), ("poisson", 1), ("cross_entropy", 2), ("cross_entropy", 3)]
)
def test_trees_as_arrays_are_those_of_scikit_learn(loss, outputs, monkeypatch):
    kept = []
    for kind in (HistGradientBoostingClassifier, HistGradientBoostingRegressor):

        def fit(self, *args, _fit=kind.fit, **kwargs):
            kept.append((self, _fit(self, *args, **kwargs)))
            return self

        monkeypatch.setattr(kind, "fit", fit)
    train, validation = random_rows(300, 0), random_rows(100, 1)
    if loss == "cross_entropy":
        train, validation = (
            classes(part, (0.0, 1.0)[: outputs - 1]) for part in (train, validation)
        )
    if loss == "poisson":
        train, validation = (
            Examples(p.encoded, np.abs(p.targets), p.weights) for p in (train, validation)
        )
    model = fitted("trees", train, validation, loss, outputs, trees=12, learning_rate=0.01)
    ensemble, seen = kept[0][0], model.features(validation.encoded, False)
    theirs = ensemble._raw_predict(seen)
    ours = model.outputs_of(validation.encoded)
    assert ensemble.n_iter_ == 12
    np.testing.assert_allclose(ours[:, -theirs.shape[1] :], theirs, atol=1e-9)


def test_the_kernel_is_kernel_ridge_where_every_row_is_a_landmark():
    train, validation = random_rows(120, 0), random_rows(60, 1)
    model = fitted("kernel", train, validation)
    arrays = model.arrays
    nothing = train.inputs
    seen, landmarks = (model._seen(of, nothing) for of in (train.encoded, arrays["landmarks"]))
    order = [int(np.flatnonzero((train.encoded == row).all(1))[0]) for row in arrays["landmarks"]]
    ridge = KernelRidge(alpha=arrays["penalty"][0], kernel="rbf", gamma=1.0)
    ridge.fit(landmarks, train.targets[order] - arrays["mean"])
    theirs = ridge.predict(seen) + arrays["mean"]
    np.testing.assert_allclose(model.outputs_of(train.encoded), theirs, atol=0.02)


def test_the_kernel_has_no_deviance_of_counts():
    with pytest.raises(InputError, match="no poisson loss"):
        fitted("kernel", random_rows(30, 0), random_rows(30, 1), "poisson")


def test_strands_are_told_by_the_validation_set():
    """A word that counts on either strand, in sequences long enough to doubt it."""
    random = np.random.default_rng(3)
    codes = random.integers(0, 4, (700, 60), dtype=np.uint8)
    word = features.kmers(codes, (0, 1, 2, 3), both_strands=True)[:, 40]
    score = (word - word.mean()) / word.std()
    parts = [
        Examples(codes[a:b], score[a:b, None], np.ones(b - a)) for a, b in ((0, 500), (500, 700))
    ]
    model = build("kernel", {"kmers": 4, "landmarks": 300}, 60, 1)
    model.fit(*parts, "mse", 1)
    assert model.arrays["both"][0] == 1
    turned = encoding.reverse_complement(codes[:50])
    if not model.arrays["of_letters"][0]:
        np.testing.assert_allclose(
            model.outputs_of(turned), model.outputs_of(codes[:50]), atol=1e-4
        )
