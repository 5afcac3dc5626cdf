"""What training minimizes, each as its value and its slope for every single prediction.

prediction: float32 (n, outputs). target: float32 (n, outputs), or classes int64 (n,).
The value has the shape (n, outputs) too; (n, 1) for classes.
"""

import torch
from torch.nn import functional


def mse(prediction, target):
    """Squared error."""
    error = prediction - target
    return error * error, error + error


def huber(prediction, target):
    """Half the squared error up to an error of 1, linear beyond (Huber 1964)."""
    error = prediction - target
    near = error.clamp(-1, 1)
    return near * (error - near / 2), near


def poisson(prediction, target):
    """Half the Poisson deviance of counts; the prediction is the logarithm of the rate."""
    rate = prediction.exp()
    deviance = rate - target * prediction + torch.xlogy(target, target) - target
    return deviance, rate - target


def cross_entropy(prediction, target):
    """Minus the logarithm of the probability of the true class; predictions are logits."""
    logs = prediction.log_softmax(dim=1)
    truth = functional.one_hot(target, prediction.shape[1])
    return -logs.gather(1, target[:, None]), logs.exp() - truth


LOSSES = {"mse": mse, "huber": huber, "poisson": poisson, "cross_entropy": cross_entropy}
SQUARED = ("mse", "huber")  # grow with the square of the score's unit
