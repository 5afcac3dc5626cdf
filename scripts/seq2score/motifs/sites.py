"""Where the first filters of a network respond, and the letters they see there.

A site is a window, wholly inside real sequence (no padding, no N), whose activation after the
non-linearity is greater than the filter's threshold. All sequences are scanned at once, in
batches that bound the memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
import torch
from torch import Tensor

from seq2score.errors import InputError
from seq2score.models.network import Scanning, one_hot
from seq2score.sequences.encoding import N

_BATCH_NUMBERS = 2**23  # activations, or letters of windows, held at a time


class Threshold(TypedDict):
    """Which windows are sites, see `thresholds`."""

    method: Literal["absolute", "fraction", "basset", "top"]
    value: float


@dataclass(frozen=True)
class Sites:
    """What F filters of width W respond to."""

    counts: np.ndarray  # PFMs, float64 (F, 4, W)
    thresholds: np.ndarray  # float64 (F,)
    maxima: np.ndarray  # greatest activation, float64 (F,)
    background: np.ndarray  # shares of the letters in all scanned windows, float64 (4,)

    @property
    def number(self) -> np.ndarray:
        """Sites of each filter, int64 (F,)."""
        return self.counts[:, :, 0].sum(axis=1).astype(np.int64)


def find_sites(
    network: Scanning, encoded: np.ndarray, threshold: Threshold, best_only: bool = False
) -> Sites:
    """The sites of every first filter.

    Parameters
    ----------
    network
        What has F filters of width W.
    encoded
        Sequences, uint8 (n, length).
    threshold
        Which windows are sites.
    best_only
        Keep the strongest site of each sequence alone (the first one of equals).

    Raises
    ------
    InputError
        Where no window lies inside real sequence.
    """
    filters, _, width = network.first_filters.shape
    with torch.inference_mode():
        maxima, means, least, background = _survey(network, encoded, threshold)
        limits = thresholds(threshold, maxima, means, least)
        counts = torch.zeros(filters, 4 * width, dtype=torch.float64)
        for activations, windows in _scan(network, encoded, best_only):
            active = activations > torch.from_numpy(limits)[:, None]
            counts += active.float() @ windows.flatten(1)
    return Sites(counts.view(filters, 4, width).numpy(), limits, maxima, background)


def _survey(network: Scanning, encoded: np.ndarray, threshold: Threshold) -> tuple[np.ndarray, ...]:
    """What thresholds depend on (see there), and the shares of the letters in all windows, (4,)."""
    filters, _, width = network.first_filters.shape
    number = int(threshold["value"]) if threshold["method"] == "top" else 1
    highest = torch.empty(filters, 0)
    total, sums = 0, torch.zeros(filters, dtype=torch.float64)
    letters = torch.zeros(4, dtype=torch.float64)
    for activations, windows in _scan(network, encoded):
        total += len(windows)
        sums += activations.sum(dim=1, dtype=torch.float64)
        letters += windows.sum(dim=(0, 2), dtype=torch.float64)
        seen = torch.cat([highest, activations], dim=1)
        highest = seen.topk(min(number, seen.shape[1]), dim=1).values
    if not total:
        raise InputError(
            f"no window of {width} letters, the filters' width, lies wholly inside a sequence "
            "(without N and padding). Allowed: a smaller kernel_size."
        )
    maxima, least = highest[:, 0].double().numpy(), highest[:, -1].double().numpy()
    return maxima, (sums / total).numpy(), least, (letters / letters.sum()).numpy()


def thresholds(
    threshold: Threshold, maxima: np.ndarray, means: np.ndarray, least: np.ndarray
) -> np.ndarray:
    """What an activation of each filter must exceed.

    Parameters
    ----------
    threshold
        `absolute`: `value` itself. `fraction`: `value` of the filter's maximum (Koo and Eddy 2019).
        `basset`: mean + `value` (maximum - mean) (Kelley and colleagues 2016). `top`: such that the
        `value` strongest windows pass, and those that equal the weakest of them.
    maxima, means, least
        Each filter's greatest, mean and `value`-th greatest activation, float64 (F,).

    Returns
    -------
    ndarray
        float64 (F,). Relative thresholds are at least 0, so that a silent filter has no sites.
    """
    value = threshold["value"]
    if threshold["method"] == "absolute":
        return np.full(len(maxima), float(value))
    relative = {
        "fraction": value * maxima,
        "basset": means + value * (maxima - means),
        "top": np.nextafter(least, -np.inf),
    }
    return np.maximum(relative[threshold["method"]], 0.0)


def _scan(
    network: Scanning, encoded: np.ndarray, best_only: bool = False
) -> Iterator[tuple[Tensor, Tensor]]:
    """Activations (F, windows) and one-hot letters (windows, 4, W) of the real windows."""
    filters, _, width = network.first_filters.shape
    positions = encoded.shape[1] - width + 1
    size = max(1, _BATCH_NUMBERS // (max(positions, 1) * max(filters, 4 * width)))
    for start in range(0, len(encoded), size):
        batch = encoded[start : start + size]
        letters = one_hot(torch.from_numpy(batch))
        activations = network.first_activations(letters)
        # A convolution that pads to keep the length has windows that hang over the ends.
        before = (activations.shape[2] - positions) // 2
        activations = activations[:, :, before : before + positions]
        real = torch.from_numpy(batch < N).unfold(1, width, 1).all(dim=2)
        if best_only:
            activations = _strongest(activations.masked_fill(~real[:, None], -torch.inf))
        windows = letters.unfold(2, width, 1).transpose(1, 2)
        yield activations.transpose(0, 1)[:, real], windows[real]


def _strongest(activations: Tensor) -> Tensor:
    """(n, F, positions) with all but the strongest position of each row at minus infinity."""
    best = activations.argmax(dim=2, keepdim=True)
    alone = torch.full_like(activations, -torch.inf)
    return alone.scatter_(2, best, activations.gather(2, best))
