"""Whether more epochs would have helped: said where it is true, and only there."""

import numpy as np
import pytest

from seq2score.evaluation.convergence import fall_at_the_end


def history(loss, rate=0.01):
    return {"validation_loss": np.asarray(loss), "learning_rate": np.broadcast_to(rate, len(loss))}


def trained(rate: float, epochs: int, seed: int) -> np.ndarray:
    """Validation losses of a linear regression by stochastic gradient descent, epoch by epoch."""
    random = np.random.default_rng(seed)
    weights = random.normal(size=10)
    x, x_validation = random.normal(size=(200, 10)), random.normal(size=(200, 10))
    y = x @ weights + random.normal(size=200)
    y_validation = x_validation @ weights + random.normal(size=200)
    learned, losses = np.zeros(10), []
    for _ in range(epochs):
        for rows in np.array_split(random.permutation(200), 10):
            learned -= rate * 2 * x[rows].T @ (x[rows] @ learned - y[rows]) / len(rows)
        losses.append(((x_validation @ learned - y_validation) ** 2).mean())
    return np.array(losses)


def test_it_is_said_of_runs_that_more_epochs_make_better_and_of_no_others():
    """Truth: twice the epochs lower the loss by 5% or more; none by 1% or less."""
    said = {True: [], False: []}
    for seed in range(40):
        for rate in (3e-4, 0.02):  # still far away after 20 epochs, and done after five
            whole = trained(rate, 40, seed)
            better = 1 - whole[20:].min() / whole[:20].min()
            if better >= 0.05 or better <= 0.01:
                fall = fall_at_the_end(history(whole[:20], rate))
                said[better >= 0.05].append(fall is not None)
    assert len(said[True]) >= 30 and len(said[False]) >= 30
    assert np.mean(said[True]) > 0.9
    assert np.mean(said[False]) <= 0.05


def test_it_is_not_said_of_noise():
    random = np.random.default_rng(1)
    message = [fall_at_the_end(history(1 + 0.1 * random.normal(size=30))) for _ in range(300)]
    assert np.mean([fall is not None for fall in message]) <= 0.02


@pytest.mark.parametrize("alike", [0.3, 0.5, 0.7])
def test_it_is_not_said_of_losses_that_resemble_the_last(alike):
    random, said = np.random.default_rng(1), []
    for _ in range(400):
        noise = random.normal(size=100)
        for epoch in range(1, 100):
            noise[epoch] = alike * noise[epoch - 1] + np.sqrt(1 - alike**2) * noise[epoch]
        said.append(fall_at_the_end(history(1 + 0.1 * noise)) is not None)
    assert np.mean(said) <= 0.05


@pytest.mark.parametrize("epochs", [20, 50])
def test_it_is_not_said_where_the_learning_rate_was_annealed(epochs):
    """As in the preset `library`: every loss falls to the last epoch, because the rate does."""
    loss = 0.97 ** np.arange(epochs)
    assert fall_at_the_end(history(loss)) is not None
    rate = (1 + np.cos(np.pi * np.arange(epochs) / epochs)) / 2
    assert fall_at_the_end(history(loss, rate)) is None


def test_a_few_epochs_tell_nothing():
    assert fall_at_the_end(history([5.0, 4, 3, 2, 1])) is None
    assert fall_at_the_end(history([1.0], np.nan)) is None  # of an estimator
