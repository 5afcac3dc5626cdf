"""Would more epochs have helped? Told from the history of a training, where it can be."""

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

WINDOW = 10  # epochs, the last ones; a fifth of all where that is more
FEWEST = 6  # epochs, for a trend to be beyond chance
UNLIKELY = 0.01  # p-value of a trend
MOST_ALIKE = 0.9  # correlation of neighbouring losses
WORTH = 0.02  # of the loss, that it must fall by in a window


def fall_at_the_end(history: Mapping[str, np.ndarray]) -> float | None:
    """Share by which the validation loss still fell over the last epochs; None where it did not.

    A fall is told where Kendall's test finds a trend within the window with p <= 0.01 (Mann 1945;
    losses resemble those of the epoch before, which `_trend` allows for), and Sen's slope over its
    last half (Sen 1968: what goes on, not what is over) comes to at least 2% of the loss in as many
    epochs as the window has.

    Parameters
    ----------
    history
        Columns `validation_loss` and `learning_rate`, a value an epoch.

    Returns
    -------
    float or None
        None too where nothing can be told: where the learning rate changes towards the end (a
        schedule that anneals it slows every loss down, and more epochs would be another schedule),
        and of fewer than six epochs.
    """
    rate, loss = (np.asarray(history[name], float) for name in ("learning_rate", "validation_loss"))
    window = min(len(loss), max(WINDOW, len(loss) // 5))
    rate, loss = rate[-window:], loss[-window:]
    if window < FEWEST or not np.allclose(rate, rate[0], rtol=1e-6):
        return None
    from scipy.stats import theilslopes  # here, as it takes half a second

    epochs, last = np.arange(window), slice(window // 2, None)
    fall = -theilslopes(loss[last], epochs[last]).slope * window / abs(loss).mean()
    return float(fall) if _trend(loss) <= UNLIKELY and fall >= WORTH else None


def _trend(loss: np.ndarray) -> float:
    """The p-value of no fall: Kendall's test, its variance that of autocorrelated values.

    By Hamed and Rao (1998), with the correlation of neighbours around a parabola, as losses that
    level off are curved; what fitting it takes from the correlation, two in n, is added back.
    """
    from scipy.stats import kendalltau

    n, epochs = len(loss), np.arange(len(loss))
    around = loss - np.polyval(np.polyfit(epochs, loss, 2), epochs)
    squares = float((around**2).sum())
    alike = float((around[1:] * around[:-1]).sum()) / squares + 2 / n if squares > 0 else 0.0
    lags = np.arange(1, n)
    times = 1 + 2 * float(((1 - lags / n) * np.clip(alike, 0, MOST_ALIKE) ** lags).sum())
    pairs = kendalltau(epochs, loss).statistic * n * (n - 1) / 2
    return float(ndtr((pairs + 1) / np.sqrt(times * n * (n - 1) * (2 * n + 5) / 18)))
