"""Metrics against scikit-learn and scipy; intervals against loops and known sampling theory."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from seq2score.evaluation import intervals, metrics


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
    found = intervals.point(metrics.regression(score, prediction), np.ones(300))
    assert found == pytest.approx(
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
    found = intervals.point(metrics.regression(score, prediction), weight)
    for name, function in [
        ("r2", sklearn_metrics.r2_score),
        ("mse", sklearn_metrics.mean_squared_error),
        ("mae", sklearn_metrics.mean_absolute_error),
    ]:
        assert found[name] == pytest.approx(function(score, prediction, sample_weight=weight))
    covariance = np.cov(score, prediction, aweights=weight, ddof=0)
    assert found["pearson"] == pytest.approx(
        covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])
    )


def test_a_whole_weight_is_a_repeated_row(measured):
    score, prediction, weight = measured
    times = np.ceil(weight).astype(int)
    repeated = metrics.regression(np.repeat(score, times), np.repeat(prediction, times))
    found = intervals.point(metrics.regression(score, prediction), times.astype(float))
    assert found == pytest.approx(intervals.point(repeated, np.ones(times.sum())), rel=1e-9)


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
    found = intervals.point(metrics.classification(label, probability), weight)
    predicted = probability.argmax(axis=1)
    right = sklearn_metrics.accuracy_score(label, predicted, sample_weight=weight)
    surprise = -np.log(probability[np.arange(300), label])
    assert found == pytest.approx(
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
    found = intervals.point(metrics.classification(np.array([0, 1, 1]), probability), np.ones(3))
    assert found["auroc"] == pytest.approx(1.0)
    alone = intervals.point(metrics.classification(np.zeros(3, int), probability), np.ones(3))
    assert np.isnan([alone["auroc"], alone["auprc"]]).all()


@pytest.mark.filterwarnings("error")
def test_a_constant_score_has_no_r2_and_a_constant_prediction_no_correlation():
    varied, constant = np.arange(5.0), np.full(5, 7.1)
    found = intervals.with_intervals(metrics.regression(constant, varied), np.ones(5))
    assert np.isnan([found["r2"], found["pearson"], found["spearman"], *found["r2_ci"]]).all()
    assert found["mae"] == pytest.approx(abs(varied - constant).mean())
    found = intervals.point(metrics.regression(varied, constant), np.ones(5))
    assert np.isnan(found["pearson"])
    assert found["r2"] < 0


def test_intervals_are_those_of_a_loop_over_resamples(measured):
    score, prediction, _ = measured
    found = intervals.with_intervals(metrics.regression(score, prediction), np.ones(300), seed=5)
    random = np.random.default_rng(5)
    resampled = []
    for _ in range(intervals.RESAMPLES):
        rows = random.integers(300, size=300)
        y, p = score[rows], prediction[rows]
        ranks = np.corrcoef(stats.rankdata(y), stats.rankdata(p))[0, 1]
        resampled.append([sklearn_metrics.r2_score(y, p), ranks])
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    assert found["r2_ci"] == pytest.approx([low[0], high[0]])
    assert found["spearman_ci"] == pytest.approx([low[1], high[1]])


def test_the_interval_of_a_mean_error_is_as_wide_as_theory_says():
    random = np.random.default_rng(1)
    error = random.normal(0, 1, 2000)
    score = random.normal(size=2000)
    found = intervals.with_intervals(metrics.regression(score, score + error), np.ones(2000))
    half_width = 1.96 * abs(error).std() / np.sqrt(2000)
    assert np.diff(found["mae_ci"])[0] / 2 == pytest.approx(half_width, rel=0.1)


def test_several_outputs_are_averaged_where_their_scores_are_known(measured):
    score, prediction, _ = measured
    known = np.ones((300, 2), dtype=bool)
    known[:50, 1] = False
    outputs = [
        metrics.regression(score, prediction),
        metrics.regression(score[50:], prediction[50:] + 1),
    ]
    found = intervals.with_intervals(metrics.mean_over_outputs(outputs, known), np.ones(300))
    expected = [
        sklearn_metrics.r2_score(score, prediction),
        sklearn_metrics.r2_score(score[50:], prediction[50:] + 1),
    ]
    assert found["r2"] == pytest.approx(np.mean(expected))
    assert found["r2_ci"][0] < found["r2"] < found["r2_ci"][1]


def test_the_same_seed_gives_the_same_interval(measured):
    metric = metrics.regression(*measured[:2])
    first, second, other = (intervals.with_intervals(metric, np.ones(300), s) for s in [1, 1, 2])
    assert first == second != other
