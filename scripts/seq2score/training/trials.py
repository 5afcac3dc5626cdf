"""Trials of a search: what each is to try, as a file says it, and what came of it."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seq2score import tables

FEWEST = 5  # finished trials that a median is of
WARM_UP = 0.2  # of a trial's epochs, before which none is ended


@dataclass(frozen=True)
class Trial:
    """One trial, and what came of it."""

    name: str
    values: dict  # by key
    losses: np.ndarray  # on the validation set, float (epochs,)
    kept: float  # loss of the epoch whose weights it ended with
    outcome: str  # finished; pruned, where it was ended before; failed, of a loss not finite

    @property
    def label(self) -> str:
        """What it tried, for people: "filters 8, kernel_size 3"."""
        return ", ".join(f"{key} {_shown(value)}" for key, value in self.values.items())

    @classmethod
    def read(cls, name: str, values: dict, folder: str | Path) -> "Trial":
        """From the folder of what it trained."""
        record = json.loads(Path(folder, "model.json").read_text(encoding="utf-8"))
        losses = tables.read(Path(folder, "history.tsv"))["validation_loss"].to_numpy()
        kept = float(losses[max(record["best_epoch"], 1) - 1])
        return cls(name, values, losses, kept, record.get("outcome", "finished"))


def _shown(value: object) -> str:
    return "null" if value is None else str(value)


def medians(trials: Sequence[Trial]) -> list[float]:
    """The loss that a trial must have reached by the end of each epoch, (epochs,).

    The median, over the finished trials, of the lowest loss that each had reached by then, as in
    Optuna's MedianPruner (after the median stopping rule of Golovin and colleagues 2017). Without a
    value (`inf`) in the first fifth of the epochs, and everywhere where fewer than five trials have
    finished. A trial that stopped early stays at its lowest.
    """
    finished = [trial.losses for trial in trials if trial.outcome == "finished"]
    if len(finished) < FEWEST:
        return []
    epochs = max(map(len, finished))
    reached = [np.minimum.accumulate(np.pad(x, (0, epochs - len(x)), "edge")) for x in finished]
    thresholds = np.median(reached, axis=0)
    thresholds[: math.ceil(WARM_UP * epochs)] = math.inf
    return thresholds.tolist()


def write(
    path: str | Path,
    values: Mapping[str, dict],
    thresholds: Sequence[float] | None = None,
    before: Sequence[Trial] = (),
) -> None:
    """Write what models are to be trained with.

    Parameters
    ----------
    path
        Of the file.
    values
        By model, what it is trained with.
    thresholds
        Of trials, as `medians` gives them.
    before
        The trials that both follow from, so that a file tells all that was known.
    """
    bars: list[float | None] | None = None
    if thresholds is not None:
        bars = [value if math.isfinite(value) else None for value in thresholds]
    done = [{**vars(trial), "losses": trial.losses.tolist()} for trial in before]
    text = json.dumps({"values": dict(values), "bars": bars, "before": done}, indent=1)
    Path(path).write_text(text + "\n", encoding="utf-8")


def values_of(path: str | Path) -> dict[str, dict]:
    """By model, what a file says that it is trained with."""
    return json.loads(Path(path).read_text(encoding="utf-8"))["values"]


def best_of(ranking: str | Path) -> str:
    """The member in the first row of a ranking's file."""
    header, first, *_ = Path(ranking).read_text(encoding="utf-8").splitlines()
    return first.split("\t")[header.split("\t").index("model")]


def proposed(members: Mapping[str, dict], rounds: Iterable[str | Path]) -> dict[str, dict]:
    """What members of a sweep are trained with, where rounds of a search have proposed it."""
    values = dict(members)
    for file in rounds:
        of_round = values_of(file)
        values |= {name: of_round[name] for name in members if name in of_round}
    return values


def results(path: str | Path, folder: Path, seed: str, count: int) -> list[Trial]:
    """The first trials of a search.

    Parameters
    ----------
    path
        The file of the last round, which tells what came of those before it.
    folder
        Where the models of that round have their folders.
    seed
        The folder of the seed in each of them.
    count
        Of trials.
    """
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    done = [Trial(**{**trial, "losses": np.array(trial["losses"])}) for trial in content["before"]]
    named = list(content["values"].items())[: count - len(done)]
    return done + [Trial.read(name, values, folder / name / seed) for name, values in named]


def with_values(settings: dict, path: str | Path, model: str) -> dict:
    """The settings of a training, with what a file says of the model in their place."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    values, thresholds = content["values"][model], content["bars"]
    options = {key: value for key, value in values.items() if key in settings["options"]}
    training = {key: value for key, value in values.items() if key not in options}
    changed = {
        "options": settings["options"] | options,
        "training": settings["training"] | training,
    }
    if thresholds is not None:
        changed["pruning_thresholds"] = [
            math.inf if value is None else value for value in thresholds
        ]
    return settings | changed
