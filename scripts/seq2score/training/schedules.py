"""The learning rate over a training, as a share of the configured (highest) one.

Each takes the progress, steps done / steps in all, from 0 to below 1.
"""

from math import cos, pi


def constant(progress: float) -> float:
    """The same rate throughout."""
    return 1.0


def cosine(progress: float) -> float:
    """From 1 down to 0 along half a cosine (Loshchilov and Hutter 2017)."""
    return (1 + cos(pi * progress)) / 2


def one_cycle(progress: float) -> float:
    """Up from 1/25 for three tenths of the steps, then down to 0 (Smith and Topin 2019)."""
    warm_up = 0.3
    if progress < warm_up:
        return 1 - (1 - 1 / 25) * cosine(progress / warm_up)
    return cosine((progress - warm_up) / (1 - warm_up))


SCHEDULES = {"constant": constant, "cosine": cosine, "one_cycle": one_cycle}
