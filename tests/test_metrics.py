"""Metrics against scikit-learn and scipy; intervals against loops and known sampling theory."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from seq2score.evaluation import intervals, metrics
from seq2score.evaluation.resampling import Units, every_row, units_of


@pytest.fixture
def measured():
    """Scores with ties, predictions with ties, and weights."""
    random = np.random.default_rng(3)
    score = np.round(random.normal(100, 3, 300), 1)
    prediction = np.round(score + random.normal(0, 2, 300), 1)
    return score, prediction, random.uniform(0.1, 5, 300)


@pytest.fixture(params=[2, 4])
def classified(request):
    random = np.random.default_rng(3)
    label = random.integers(request.param, size=300)
    logits = random.normal(size=(300, request.param)) + 1.5 * np.eye(request.param)[label]
    probability = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return label, np.round(probability, 2) + 0.001, random.uniform(0.1, 5, 300)


def test_regression_metrics(measured):
    score, prediction, _ = measured
    results = intervals.point(metrics.regression(score, prediction), np.ones(300))
    assert results == pytest.approx(
        {
            "r2": sklearn_metrics.r2_score(score, prediction),
            "pearson": stats.pearsonr(score, prediction).statistic,
            "spearman": stats.spearmanr(score, prediction).statistic,
            "mse": sklearn_metrics.mean_squared_error(score, prediction),
            "mae": sklearn_metrics.mean_absolute_error(score, prediction),
        },
        rel=1e-9,
    )


def test_weighted_regression_metrics(measured):
    score, prediction, weight = measured
    results = intervals.point(metrics.regression(score, prediction), weight)
    for name, function in [
        ("r2", sklearn_metrics.r2_score),
        ("mse", sklearn_metrics.mean_squared_error),
        ("mae", sklearn_metrics.mean_absolute_error),
    ]:
        assert results[name] == pytest.approx(function(score, prediction, sample_weight=weight))
    covariance = np.cov(score, prediction, aweights=weight, ddof=0)
    assert results["pearson"] == pytest.approx(
        covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    )


def test_a_whole_weight_is_a_repeated_row(measured):
    score, prediction, weight = measured
    times = np.ceil(weight).astype(int)
    repeated = metrics.regression(np.repeat(score, times), np.repeat(prediction, times))
    results = intervals.point(metrics.regression(score, prediction), times.astype(float))
    assert results == pytest.approx(intervals.point(repeated, np.ones(times.sum())), rel=1e-9)


@pytest.mark.parametrize("levels", [3, 1000])
def test_auroc_is_that_of_scikit_learn_ties_and_all(levels):
    random = np.random.default_rng(2)
    positive, value = random.random(200) < 0.3, random.integers(0, levels, 200) / 7
    expected = sklearn_metrics.roc_auc_score(positive, value)
    assert metrics.auroc(positive, value) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(metrics.auroc(np.ones(200, bool), value))


@pytest.mark.parametrize("weighted", [False, True])
def test_classification_metrics(classified, weighted):
    label, probability, weight = classified
    weight = weight if weighted else np.ones(300)
    classes = range(probability.shape[1])
    areas = [
        [f(label == k, probability[:, k], sample_weight=weight) for k in classes]
        for f in (sklearn_metrics.roc_auc_score, sklearn_metrics.average_precision_score)
    ]
    auroc, auprc = (each[1] if len(classes) == 2 else np.mean(each) for each in areas)
    results = intervals.point(metrics.classification(label, probability), weight)
    predicted = probability.argmax(axis=1)
    right = sklearn_metrics.accuracy_score(label, predicted, sample_weight=weight)
    surprise = -np.log(probability[np.arange(300), label])
    assert results == pytest.approx(
        {
            "accuracy": right,
            "auroc": auroc,
            "auprc": auprc,
            "cross_entropy": np.average(surprise, weights=weight),
        },
        rel=1e-9,
    )


def test_confusion_has_a_row_for_each_true_class(classified):
    label, probability, _ = classified
    assert (
        metrics.confusion(label, probability)
        == sklearn_metrics.confusion_matrix(label, probability.argmax(axis=1))
    ).all()


def test_a_class_without_rows_counts_in_no_mean():
    probability = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]])
    results = intervals.point(metrics.classification(np.array([0, 1, 1]), probability), np.ones(3))
    assert results["auroc"] == pytest.approx(1.0)
    alone = intervals.point(metrics.classification(np.zeros(3, int), probability), np.ones(3))
    assert np.isnan([alone["auroc"], alone["auprc"]]).all()


@pytest.mark.filterwarnings("error")
def test_a_constant_score_has_no_r2_and_a_constant_prediction_no_correlation():
    varied, constant = np.arange(5.0), np.full(5, 7.1)
    results = intervals.with_intervals(
        metrics.regression(constant, varied), np.ones(5), every_row(5)
    )
    assert np.isnan(
        [results["r2"], results["pearson"], results["spearman"], *results["r2_ci"]]
    ).all()
    assert results["mae"] == pytest.approx(abs(varied - constant).mean())
    results = intervals.point(metrics.regression(varied, constant), np.ones(5))
    assert np.isnan(results["pearson"])
    assert results["r2"] < 0


def test_intervals_are_those_of_a_loop_over_resamples(measured):
    score, prediction, _ = measured
    results = intervals.with_intervals(
        metrics.regression(score, prediction), np.ones(300), every_row(300), seed=5
    )
    random = np.random.default_rng(5)
    resampled = []
    for _ in range(intervals.RESAMPLES):
        rows = random.integers(300, size=300)
        y, p = score[rows], prediction[rows]
        ranks = np.corrcoef(stats.rankdata(y), stats.rankdata(p))[0, 1]
        resampled.append([sklearn_metrics.r2_score(y, p), ranks])
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    assert results["r2_ci"] == pytest.approx([low[0], high[0]])
    assert results["spearman_ci"] == pytest.approx([low[1], high[1]])


def test_the_interval_of_a_mean_error_is_as_wide_as_theory_says():
    random = np.random.default_rng(1)
    error = random.normal(0, 1, 2000)
    score = random.normal(size=2000)
    results = intervals.with_intervals(
        metrics.regression(score, score + error), np.ones(2000), every_row(2000)
    )
    half_width = 1.96 * abs(error).std() / np.sqrt(2000)
    assert np.diff(results["mae_ci"])[0] / 2 == pytest.approx(half_width, rel=0.1)


def test_several_outputs_are_averaged_where_their_scores_are_known(measured):
    score, prediction, _ = measured
    known = np.ones((300, 2), dtype=bool)
    known[:50, 1] = False
    outputs = [
        metrics.regression(score, prediction),
        metrics.regression(score[50:], prediction[50:] + 1),
    ]
    results = intervals.with_intervals(
        metrics.mean_over_outputs(outputs, known), np.ones(300), every_row(300)
    )
    expected = [
        sklearn_metrics.r2_score(score, prediction),
        sklearn_metrics.r2_score(score[50:], prediction[50:] + 1),
    ]
    assert results["r2"] == pytest.approx(np.mean(expected))
    assert results["r2_ci"][0] < results["r2"] < results["r2_ci"][1]


def test_the_same_seed_gives_the_same_interval(measured):
    metric = metrics.regression(*measured[:2])
    first, second, other = (
        intervals.with_intervals(metric, np.ones(300), every_row(300), s) for s in [1, 1, 2]
    )
    assert first == second != other


def covered(random, units_are: str, data_sets: int = 400) -> float:
    """How often the 95% interval of the mean error holds the true one, each sequence ten times."""
    sequences, times, hits = 60, 10, 0
    for _ in range(data_sets):
        error = np.repeat(random.normal(1, 1, size=sequences), times)
        number = np.repeat(np.arange(sequences), times)
        units = Units(number, "sequences") if units_are == "sequences" else every_row(len(error))

        def mean(weights, error=error):
            return {"error": weights @ error / weights.sum(axis=1)}

        low, high = intervals.with_intervals(mean, np.ones(len(error)), units)["error_ci"]
        hits += low <= 1 <= high
    return hits / data_sets


def test_intervals_cover_the_truth_when_each_sequence_stands_there_ten_times(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 300)
    random = np.random.default_rng(3)
    assert covered(random, "sequences") == pytest.approx(0.95, abs=0.03)
    assert covered(random, "rows") < 0.65  # as it was


def test_what_is_resampled_follows_from_the_split():
    table = pa.table(
        {
            "id": [*"abcdef"],
            "sequence": ["AAAC", "GTTT", "AAAC", "AAAA", "CCCC", "CCCC"],
            "gene": ["x", "y", "x", "z", "z", "y"],
        }
    )
    by_sequence = units_of(table, {"method": "random"}, both_strands=False)
    assert (by_sequence.what, by_sequence.count) == ("sequences", 4)
    assert by_sequence.number.tolist() == [0, 1, 0, 2, 3, 3]
    assert units_of(table, {"method": "random"}, both_strands=True).number[1] == 0
    by_gene = units_of(table, {"method": "group", "column": "gene"}, both_strands=False)
    few = "groups of gene and the sequences in them"
    assert (by_gene.what, by_gene.number.tolist()) == (few, [0, 1, 0, 2, 2, 1])
    assert by_gene.within.tolist() == by_sequence.number.tolist()
    # a column with three values says which set a row belongs to, not which rows are alike
    by_column = units_of(table, {"method": "column", "column": "gene"}, both_strands=False)
    assert by_column.what == "sequences"
    clusters = pa.table({"id": [*"fedcbaz"], "cluster": [7, 7, 7, 3, 3, 3, 0]})
    by_cluster = units_of(table, {"method": "similarity"}, False, clusters)
    few = "clusters and the sequences in them"
    assert (by_cluster.what, by_cluster.number.tolist()) == (few, [0, 0, 0, 1, 1, 1])
    last = by_cluster.of(np.array([0, 0, 0, 1, 1, 0], bool))
    assert (last.number.tolist(), last.within.tolist()) == ([0, 0], [0, 1])
    many = pa.table({"sequence": ["ACGT"] * 10, "gene": [*"abcdefghij"]})
    by_gene = units_of(many, {"method": "group", "column": "gene"}, both_strands=False)
    assert (by_gene.what, by_gene.count, by_gene.within) == ("groups of gene", 10, None)


@pytest.mark.slow
def test_intervals_over_two_or_three_groups_are_not_far_too_narrow(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 300)
    random, rows = np.random.default_rng(5), np.arange(120)

    def held(within, groups, differ, sets=200):
        units, hits = Units(rows % groups, "groups", within), 0
        for _ in range(sets):
            error = random.exponential(size=len(rows))
            error += differ * random.normal(size=groups)[units.number]

            def mean(weights, error=error):
                return {"error": weights @ error / weights.sum(axis=1)}

            low, high = intervals.with_intervals(mean, np.ones(len(rows)), units)["error_ci"]
            hits += low <= 1 <= high
        return hits / sets

    for groups, differ in [(2, 0), (3, 0), (2, 0.3), (3, 0.3)]:
        results, alone = held(rows, groups, differ), held(None, groups, differ)
        print(
            f"{groups} groups that differ by {differ}: {results:.2f}, by groups alone {alone:.2f}"
        )
        assert results > alone + 0.1
        assert differ or results >= 0.92


def test_of_a_single_group_no_interval_is_told(measured):
    units = Units(np.zeros(300, int), "groups of gene")
    results = intervals.with_intervals(metrics.regression(*measured[:2]), np.ones(300), units)
    assert np.isnan(results["r2_ci"]).all() and np.isfinite(results["r2"])
