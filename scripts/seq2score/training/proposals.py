"""Which settings to try next, by Optuna: from the trials so far, and from nothing else."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from seq2score.training.trials import Trial, medians

DIGITS = 3  # of a number in a continuous range, for people to read
REDRAWS = 20  # of what was tried already, before chance takes over
STATES = {"finished": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.PRUNED}
NO_TIME = datetime(2000, 1, 1)  # so that the same search gives the same file


def distributions(space: Mapping[str, dict]) -> dict[str, BaseDistribution]:
    """By key: {choices: [values]}, or {low, high, log, whole}."""
    by_key: dict[str, BaseDistribution] = {}
    for key, tried in space.items():
        if "choices" in tried:
            by_key[key] = CategoricalDistribution(tried["choices"])
        else:
            kind = IntDistribution if tried["whole"] else FloatDistribution
            by_key[key] = kind(tried["low"], tried["high"], log=tried["log"])
    return by_key


def next_round(
    search: Mapping, base: str, number: int, before: Sequence[Trial]
) -> tuple[dict[str, dict], list[float]]:
    """What the trials of the next round are trained with, by name, and where they are pruned.

    Parameters
    ----------
    search
        A section of the config.
    base
        The model whose options are searched.
    number
        Of the round, from 1.
    before
        All trials before it.

    Returns
    -------
    values : dict
        By trial, its value of each key.
    thresholds : list of float
        Losses as of `trials.medians`.
    """
    size = search["round"]
    values = propose(before, search["space"], size, [search["seed"], number])
    first = size * (number - 1) + 1
    names = [f"{base}~trial{first + i}" for i in range(len(values))]
    thresholds = medians(before) if search["prune"] == "median" else []
    return dict(zip(names, values, strict=True)), thresholds


def study_of(
    trials: Sequence[Trial],
    space: Mapping[str, dict],
    sampler: BaseSampler | None = None,
    storage: str | None = None,
    name: str | None = None,
) -> optuna.Study:
    """Optuna's study of these trials.

    Its objective is the validation loss of the weights that a trial ended with. One whose loss was
    not finite counts as pruned before its first epoch, which is as bad as can be.

    Parameters
    ----------
    trials
        In the order in which they were made.
    space
        Of the search, as `distributions` takes it.
    sampler
        That is to propose more.
    storage
        Address of a database; else the study is kept in memory.
    name
        Of the study.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        storage=storage, sampler=sampler, study_name=name, direction="minimize"
    )
    for number, trial in enumerate(trials):
        failed = trial.outcome == "failed"
        study.add_trial(
            FrozenTrial(
                number=number,
                state=STATES[trial.outcome],
                value=trial.kept if trial.outcome == "finished" else None,
                datetime_start=NO_TIME,
                datetime_complete=NO_TIME,
                params=trial.values,
                distributions=distributions(space),
                user_attrs={"model": trial.name, "outcome": trial.outcome},
                system_attrs={},
                intermediate_values={} if failed else dict(enumerate(trial.losses.tolist(), 1)),
                trial_id=-1,
            )
        )
    return study


def propose(
    trials: Sequence[Trial], space: Mapping[str, dict], count: int, seed: Sequence[int]
) -> list[dict]:
    """Values to try next, none twice; fewer than `count` where nothing else is left.

    By the tree-structured Parzen estimator (Bergstra and colleagues 2011), whose first ten trials
    are random, and which takes those proposed beside each other for bad ones (constant liar), so
    that they differ. The same trials and seed give the same values.

    Parameters
    ----------
    trials
        That were made.
    space
        Of the search, as `distributions` takes it.
    count
        Of values to propose.
    seed
        Of all chance.
    """
    entropy = int(np.random.SeedSequence(seed).generate_state(1)[0])
    study = study_of(trials, space, TPESampler(seed=entropy))
    chance = study_of([], space, RandomSampler(seed=entropy))
    tried = {_key(trial.values) for trial in trials}
    proposals: list[dict] = []
    left = _size(space) - len(tried)
    while len(proposals) < min(count, left):
        for draw in range(10_000):
            ask = (study if draw < REDRAWS else chance).ask(distributions(space))
            values = {key: _rounded(ask.params[key], space[key]) for key in space}
            if _key(values) not in tried:
                break
        tried.add(_key(values))
        proposals.append(values)
    return proposals


def _rounded(value: object, tried: Mapping) -> object:
    """A number of few digits, within its range."""
    if "choices" in tried or tried["whole"]:
        return value
    return min(max(float(f"{value:.{DIGITS}g}"), tried["low"]), tried["high"])


def _key(values: Mapping) -> str:
    return json.dumps(values, sort_keys=True)


def _size(space: Mapping[str, dict]) -> float:
    """How many combinations there are."""
    return math.prod(
        len(tried["choices"])
        if "choices" in tried
        else tried["high"] - tried["low"] + 1
        if tried["whole"]
        else math.inf
        for tried in space.values()
    )
