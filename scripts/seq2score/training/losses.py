"""What training minimizes, each as its value and its slope for every single prediction.

Each takes predictions, float32 (n, outputs), or (n, 2 x outputs) with the noise, and targets,
float32 (n, outputs), or classes int64 (n,). The value has the shape (n, outputs), (n, 1) for
classes; the slope has that of the prediction.
"""

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from seq2score.models import noise


def mse(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Squared error."""
    error = prediction - target
    return error * error, error + error


def huber(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Half the squared error up to an error of 1, linear beyond (Huber 1964)."""
    error = prediction - target
    near = error.clamp(-1, 1)
    return near * (error - near / 2), near


def poisson(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Half the Poisson deviance of counts; the prediction is the logarithm of the rate."""
    rate = prediction.exp()
    deviance = rate - target * prediction + torch.xlogy(target, target) - target
    return deviance, rate - target


def gaussian_nll(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Minus the logarithm of a normal distribution's density; the prediction is mean and noise.

    The slope is that of the loss times the standard deviation, which counts as a constant (beta-NLL
    with beta 0.5: Seitzer and colleagues 2022): rows that are predicted badly at first would else
    pass for noise, and never be learned.
    """
    mean, variance = noise.halves(prediction)
    error = mean - target
    surprise = error * error / variance
    value = (variance.log() + surprise + math.log(2 * math.pi)) / 2
    sd = variance.sqrt()
    of_mean = error / sd
    of_noise = (1 - surprise) / 2 * (1 - noise.LEAST / variance) * sd
    return value, torch.cat([of_mean, of_noise], dim=1)


def cross_entropy(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Minus the logarithm of the probability of the true class; predictions are logits."""
    logs = prediction.log_softmax(dim=1)
    truth = functional.one_hot(target, prediction.shape[1])
    return -logs.gather(1, target[:, None]), logs.exp() - truth


LOSSES = {
    "mse": mse,
    "huber": huber,
    "poisson": poisson,
    "gaussian_nll": gaussian_nll,
    "cross_entropy": cross_entropy,
}
SQUARED = ("mse", "huber")  # grow with the square of the score's unit
SCALED = (*SQUARED, *noise.LOSSES)  # for which scores may be standardized


def in_units(loss: str, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """A mean loss by output, (outputs,), of scores that were divided by `sd`, in their units."""
    return mean * sd**2 if loss in SQUARED else mean + np.log(sd)
