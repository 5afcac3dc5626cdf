"""Which way a goal rises: its gradient at every letter of a sequence."""

import numpy as np
import torch
from torch import Tensor

from seq2score.design.objective import Goal
from seq2score.design.search import Gradients
from seq2score.errors import InputError
from seq2score.inference.prediction import Ensemble
from seq2score.models.network import one_hot

ROWS_AT_ONCE = 256


def goal_gradients(model: Ensemble, goal: Goal) -> Gradients | None:
    """What computes the goal's gradient, float (n, 4, length), of codes uint8 (n, length).

    None for a model without gradients.
    """
    device = model.members[0].device
    try:
        module = model.module.to(device)
    except InputError:
        return None
    weights = torch.tensor(goal.weights, dtype=torch.float32)

    def total(scores: Tensor) -> Tensor:
        if goal.output is not None:
            return scores[:, goal.output].sum()
        if goal.target is not None:
            return -(scores[:, 0] - goal.target).abs().sum()
        return (scores @ weights.to(device)).sum()

    def gradients(encoded: np.ndarray) -> np.ndarray:
        parts = []
        for start in range(0, len(encoded), ROWS_AT_ONCE):
            x = one_hot(torch.from_numpy(encoded[start : start + ROWS_AT_ONCE]).to(device))
            x = x.detach().clone().requires_grad_()
            (gradient,) = torch.autograd.grad(total(module(x)), x)
            parts.append(gradient.cpu().numpy())
        return np.concatenate(parts)

    return gradients
