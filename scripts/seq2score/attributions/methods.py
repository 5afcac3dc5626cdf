"""What each letter contributes to a prediction, by four methods that each check themselves.

All are computed in float64. A contribution is that of a letter in place of what the reference has
there; `hypothetical` tells it for all four letters, and what a sequence's own letters contribute is
`hypothetical` times one-hot.

mutagenesis: the change by each substitution, less the mean over the four letters.
gradient: the slope at each letter, less the mean over the four (Majdandzic and colleagues 2023).
integrated_gradients: slopes on the way from the reference (Sundararajan and colleagues 2017).
deep_lift_shap: DeepLIFT from each of several references, averaged (Lundberg and Lee 2017).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from seq2score.attributions.deeplift import Paired
from seq2score.attributions.shuffling import dinucleotide_shuffles
from seq2score.errors import InputError
from seq2score.inference.prediction import Ensemble
from seq2score.models.network import LETTERS_AT_ONCE, one_hot
from seq2score.motifs import mutagenesis
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import N

Score = Callable[[np.ndarray], np.ndarray]  # codes uint8 (n, length) to float64 (n,)

EXACT = 1e-6  # of a sum that equals its difference, in shares of the largest difference
CLOSE = 0.01  # of an integral's
_STEPS = (32, 128, 512)  # of an integral, more where fewer are not close


@dataclass(frozen=True)
class Explained:
    """Contributions to the predictions of n sequences, float64."""

    hypothetical: np.ndarray  # (n, 4, length), 0 where a sequence has N
    prediction: np.ndarray  # (n,)
    reference: np.ndarray  # what the reference, or on average the references, are predicted, (n,)

    def contributions(self, encoded: np.ndarray) -> np.ndarray:
        """What the sequences' own letters contribute, (n, length)."""
        return actual_letters(self.hypothetical, encoded)

    def error(self, encoded: np.ndarray) -> np.ndarray:
        """Sum of contributions less the difference to the reference, (n,)."""
        return self.contributions(encoded).sum(axis=1) - (self.prediction - self.reference)


class Differentiable:
    """One output of a torch module, as a score of sequences and with its slopes, in float64.

    Parameters
    ----------
    module
        From one-hot (n, 4, length) to (n, outputs); it is changed to float64, without gradients of
        its weights.
    output
        Which of the outputs.
    device
        What to compute on, as torch names it.
    """

    def __init__(self, module: nn.Module, output: int = 0, device: str | torch.device = "cpu"):
        self.module = module.double().eval().to(device).requires_grad_(False)
        self.output, self.device = output, device
        # Rows of a recurrent layer are read by kernels that have no slopes outside of training.
        for layer in self.module.modules():
            if isinstance(layer, nn.RNNBase):
                layer.train()
                layer.dropout = 0.0

    def __call__(self, encoded: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            parts = [self.of(self.one_hot(part)) for part in _parts(encoded)]
        return torch.cat(parts).cpu().numpy()

    def of(self, x: Tensor) -> Tensor:
        """The output for one-hot float64 (n, 4, length): (n,)."""
        return self.module(x)[:, self.output]

    def one_hot(self, encoded: np.ndarray) -> Tensor:
        """float64 (n, 4, length); N is four zeros."""
        return one_hot(torch.from_numpy(encoded).to(self.device)).double()

    def slopes(self, x: Tensor) -> Tensor:
        """Slopes of each row's output at its own numbers, in the shape of x."""
        x = x.detach().requires_grad_()
        return torch.autograd.grad(self.of(x).sum(), x)[0]


def explain(method: str, score: Score, encoded: np.ndarray, number: int, seed: int) -> Explained:
    """Contributions of every letter to a score.

    Parameters
    ----------
    method
        One of METHODS.
    score
        A `Differentiable`, or for mutagenesis any function.
    encoded
        uint8 (n, length).
    number, seed
        Of the dinucleotide shuffles of each sequence that are its references.

    Raises
    ------
    InputError
        Where DeepLIFT's sums, which should be exact, are not: the architecture does something that
        it has no rule for. How close integrals are tells `Explained.error`.
    """
    shuffles = dinucleotide_shuffles(encoded, number, seed)
    with torch.enable_grad():
        explained = METHODS[method](score, encoded, shuffles)
    return explained


def output_of(model: Ensemble, name: str | None) -> int:
    """Which output or class is explained, by its number: the first one if none is named.

    Raises
    ------
    InputError
        For one that the model does not have.
    """
    names = model.record["classes"] or model.record["outputs"]
    if name is not None and name not in names:
        raise InputError(f"attributions.output: no output {name}. Allowed: {', '.join(names)}.")
    return names.index(name) if name is not None else 0


def score_of(model: Ensemble, output: int, device: str | torch.device = "cpu") -> Score:
    """What is explained: a score of encoded sequences, with slopes where the family has them.

    Classes are explained by their logits, less the mean over the classes.

    Parameters
    ----------
    model
        All seeds of it, or one.
    output
        Number of the score or class.
    device
        What to compute on, as torch names it.
    """
    try:
        module = model.logits if model.record["classes"] else model.module
    except InputError:
        return lambda encoded: model.predict(encoded).reshape(len(encoded), -1)[:, output]
    return Differentiable(module, output, device)


def predicted(model: Ensemble, name: str | None, task: dict | None) -> tuple[Score, Score | None]:
    """The explained output as it is predicted, a class by its probability, and as it is.

    Parameters
    ----------
    model
        All seeds of it, or one.
    name
        Of the score or class, the first one if None.
    task
        Of a synthetic set, its section.

    Returns
    -------
    predict : Score
        By the model.
    rule : Score or None
        By the rule of the synthetic set; None without one.

    Raises
    ------
    InputError
        For an output that the model does not have.
    """
    output, rule = output_of(model, name), synthetic.rule_of(task, model.record["classes"])

    def of(values: np.ndarray) -> np.ndarray:
        return values.reshape(len(values), -1)[:, output]

    return lambda encoded: of(model.predict(encoded)), rule and (lambda encoded: of(rule(encoded)))


def actual_letters(hypothetical: np.ndarray, encoded: np.ndarray) -> np.ndarray:
    """The numbers that stand at a sequence's own letters.

    Parameters
    ----------
    hypothetical
        A number for each letter, float (n, 4, length).
    encoded
        uint8 (n, length).

    Returns
    -------
    ndarray
        Float (n, length), 0 at N.
    """
    letters = np.minimum(encoded, N - 1)[:, None].astype(int)
    return np.where(encoded < N, np.take_along_axis(hypothetical, letters, axis=1)[:, 0], 0.0)


def _mutagenesis(score: Score, encoded: np.ndarray, shuffles: np.ndarray) -> Explained:
    change = mutagenesis.changes(score, encoded)
    centred = change - change.mean(axis=1, keepdims=True)
    return Explained(_without_n(centred, encoded), score(encoded), _mean_score(score, shuffles))


def _gradient(score: Differentiable, encoded: np.ndarray, shuffles: np.ndarray) -> Explained:
    each = [score.slopes(score.one_hot(part)).cpu().numpy() for part in _parts(encoded)]
    slopes = np.concatenate(each)
    centred = slopes - slopes.mean(axis=1, keepdims=True)
    return Explained(_without_n(centred, encoded), score(encoded), _mean_score(score, shuffles))


def _integrated_gradients(
    score: Differentiable, encoded: np.ndarray, shuffles: np.ndarray
) -> Explained:
    """The reference is the mean of the shuffles' one-hot letters: frequencies at each position."""
    n, number, length = shuffles.shape
    letters = score.one_hot(encoded)
    shuffled = score.one_hot(shuffles.reshape(-1, length)).unflatten(0, (n, number))
    reference = shuffled.mean(dim=1)
    each = [score.of(part).detach() for part in reference.split(_rows(length))]
    at_reference = torch.cat(each).cpu().numpy()
    prediction, hypothetical, pending = score(encoded), np.zeros((n, 4, length)), np.arange(n)
    for steps in _STEPS:
        for part in np.array_split(pending, max(1, -(-len(pending) * steps // _rows(length)))):
            start, end = reference[part], letters[part]
            slopes = _slopes_on_the_way(score, start, end, steps)
            contributions = slopes - (slopes * start).sum(dim=1, keepdim=True)
            hypothetical[part] = contributions.cpu().numpy()
        explained = Explained(_without_n(hypothetical, encoded), prediction, at_reference)
        pending = np.flatnonzero(np.abs(explained.error(encoded)) > CLOSE * _size(explained))
    return explained


def _slopes_on_the_way(score: Differentiable, start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Mean slopes between points (n, 4, length), in their shape, by Gauss and Legendre's rule."""
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    total = torch.zeros_like(start)
    together = max(1, _rows(start.shape[2]) // max(1, len(start)))
    for first in range(0, steps, together):
        some = slice(first, first + together)
        along = torch.from_numpy((nodes[some] + 1) / 2).to(start)[:, None, None, None]
        points = (start + along * (end - start)).flatten(0, 1)
        slopes = score.slopes(points).unflatten(0, (len(along), len(start)))
        weight = torch.from_numpy(weights[some] / 2).to(start)[:, None, None, None]
        total += (weight * slopes).sum(dim=0)
    return total


def _deep_lift_shap(score: Differentiable, encoded: np.ndarray, shuffles: np.ndarray) -> Explained:
    n, number, length = shuffles.shape
    hypothetical = np.zeros((n, 4, length))
    prediction, reference = np.zeros(n), np.zeros(n)
    together = max(1, _rows(length) // (2 * number))
    for start in range(0, n, together):
        rows = slice(start, start + together)
        sequences = score.one_hot(encoded[rows]).repeat_interleave(number, dim=0)
        references = score.one_hot(shuffles[rows].reshape(-1, length))
        pairs = torch.cat([sequences, references]).requires_grad_()
        with Paired():
            output = score.of(pairs)
            half = len(sequences)
            (multipliers,) = torch.autograd.grad(output[:half].sum(), pairs)
        multipliers = multipliers[:half]
        contributions = multipliers - (multipliers * references).sum(dim=1, keepdim=True)
        shape = (len(encoded[rows]), number)
        hypothetical[rows] = contributions.unflatten(0, shape).mean(dim=1).cpu().numpy()
        of_both = output.detach().cpu().numpy().reshape(2, *shape)
        prediction[rows], reference[rows] = of_both[0].mean(axis=1), of_both[1].mean(axis=1)
    explained = Explained(_without_n(hypothetical, encoded), prediction, reference)
    wrong = np.abs(explained.error(encoded)) > EXACT * _size(explained)
    if wrong.any():
        raise InputError(
            f"attributions.method: deep_lift_shap has no rule for what this model computes: of "
            f"{int(wrong.sum())} of {n} sequences the contributions do not add up to the "
            "difference to the reference. Allowed: mutagenesis, integrated_gradients, gradient."
        )
    return explained


METHODS: dict[str, Callable[..., Explained]] = {
    "mutagenesis": _mutagenesis,
    "deep_lift_shap": _deep_lift_shap,
    "integrated_gradients": _integrated_gradients,
    "gradient": _gradient,
}


def _size(explained: Explained) -> float:
    """The largest difference to a reference, which errors are told in shares of."""
    return float(np.abs(explained.prediction - explained.reference).max(initial=1e-3))


def _mean_score(score: Score, shuffles: np.ndarray) -> np.ndarray:
    n, number, length = shuffles.shape
    return score(shuffles.reshape(-1, length)).reshape(n, number).mean(axis=1)


def _without_n(hypothetical: np.ndarray, encoded: np.ndarray) -> np.ndarray:
    return np.where((encoded == N)[:, None], 0.0, hypothetical)


def _parts(encoded: np.ndarray) -> list[np.ndarray]:
    rows = _rows(encoded.shape[1])
    return [encoded[start : start + rows] for start in range(0, max(1, len(encoded)), rows)]


def _rows(length: int) -> int:
    return max(1, LETTERS_AT_ONCE // length)
