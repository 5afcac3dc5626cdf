"""How much each member of a blend counts: weights of 0 or more, of the least validation loss."""

import numpy as np
import torch
from scipy.optimize import minimize

from seq2score.training.losses import LOSSES

# Rows' worth of belief: that all members count alike, that together they count as one, and that
# their sum needs no shift, for each has been fitted to the scores already. It keeps a small set
# from choosing by chance (measured in docs/evidence/models.md). A row is worth what chance does to
# it: the least mean loss of a member, and no more than what the members themselves vary. So where
# there is hardly any noise, belief counts for hardly anything.
ALIKE, AS_ONE, UNSHIFTED = 30.0, 300.0, 300.0


def stack(
    outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, loss: str
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and shifts of the sum that fits best.

    Each score has weights of its own; classes share theirs, so that a member's logits stay logits.

    Parameters
    ----------
    outputs
        What each member says on the scale that models learn, float64 (members, n, outputs).
    targets
        float64 (n, outputs), or classes int64 (n,).
    weights
        Of the rows, float64 (n, outputs) or (n, 1), 0 where missing.
    loss
        A name of `losses.LOSSES`.

    Returns
    -------
    weights : ndarray
        float64 (members, outputs), 0 or more.
    shifts : ndarray
        float64 (outputs,).
    """
    if loss == "cross_entropy":
        fitted, shift = _fit(outputs, targets, weights, loss)
        return np.repeat(fitted[:, None], outputs.shape[2], axis=1), shift
    columns = range(outputs.shape[2])
    weights = np.broadcast_to(weights, targets.shape)
    fits = [_fit(outputs[:, :, [c]], targets[:, [c]], weights[:, [c]], loss) for c in columns]
    return np.stack([w for w, _ in fits], axis=1), np.concatenate([shift for _, shift in fits])


def _fit(
    outputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, loss: str
) -> tuple[np.ndarray, np.ndarray]:
    """One weight a member, and the shifts; the problem is convex for every loss of ours."""
    members, _, width = outputs.shape
    truth, counts, total = torch.from_numpy(targets), torch.from_numpy(weights), weights.sum()
    rows = weights.mean(axis=1)
    away = outputs - np.average(outputs, axis=1, weights=rows)[:, None]
    spread = np.average(np.square(away), axis=1, weights=rows).mean() or 1.0
    losses = [
        (LOSSES[loss](torch.from_numpy(output), truth)[0] * counts).sum().item() / total
        for output in outputs
    ]
    chance = min(spread, *losses)
    alike, as_one, unshifted = ALIKE * chance, AS_ONE * chance, UNSHIFTED * min(losses)

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        share, shift = parameters[:members], parameters[members:]
        combined = np.tensordot(share, outputs, axes=1) + shift
        value, slope = LOSSES[loss](torch.from_numpy(combined), truth)
        slopes = (slope * counts).numpy()
        away, over = share - 1 / members, share.sum() - 1
        belief = alike * (away @ away) + as_one * over**2 + unshifted * (shift @ shift)
        of_shares = np.tensordot(outputs, slopes, axes=2) + 2 * alike * away + 2 * as_one * over
        return (
            ((value * counts).sum().item() + belief) / total,
            np.append(of_shares, slopes.sum(0) + 2 * unshifted * shift) / total,
        )

    start = np.append(np.full(members, 1 / members), np.zeros(width))
    bounds = [(0, None)] * members + [(None, None)] * width
    solution = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return solution[:members], solution[members:]
