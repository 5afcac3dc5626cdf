"""Fine-tuning: trained models that others start from, and what is read of them beforehand."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seq2score.settings.families import FAMILIES, Started
from seq2score.settings.messages import unknown

SEED = re.compile(r"seed(\d+)")
LEARNT = ("train", "validation")  # parts that a model learns from or is chosen by


@dataclass(frozen=True)
class Start:
    """What a model starts from.

    Attributes
    ----------
    folder
        Of a model; `<results>` stands for the folder of this run's results.
    seed
        The one that all start from; None where each seed starts from its own.
    learnt
        Files of the rows that it and those before it learned from.
    unchecked
        Folders without such files.
    freeze, lower_layers, leaks
        As the model's section has them, see `families.Started`.
    """

    folder: str
    seed: str | None
    learnt: list[str]
    unchecked: list[str]
    freeze: str = "none"
    lower_layers: float = 1
    leaks: str = "error"

    @classmethod
    def made(cls, folder: "Folder", before: "Start | None", learned: str) -> "Start":
        """The start from a model of this config, whose files may not be there yet.

        Parameters
        ----------
        folder
            Of the model, or of one of its seeds.
        before
            What that one started from itself.
        learned
            The dataset, or those that are learned as one, that it learned from.
        """
        learnt = [f"<results>/{learned}/splits/{part}.parquet" for part in LEARNT]
        return cls(
            f"<results>/{folder.dataset}/{folder.model}",
            folder.seed,
            [*learnt, *(before.learnt if before else [])],
            before.unchecked if before else [],
        )

    def by(self, section: Started) -> "Start":
        """The start as a section wants it."""
        keys = ("freeze", "lower_layers", "leaks")
        return replace(self, **{key: getattr(section, key) for key in keys})

    def of_seed(self, seed: str) -> str:
        """The folder that one seed starts from."""
        return f"{self.folder}/seed{self.seed or seed}"

    def described(self, seed: str, results: str) -> dict[str, Any]:
        """What a training depends on.

        Parameters
        ----------
        seed
            That is trained.
        results
            The folder of this run's results.
        """
        folder = self.of_seed(seed).replace("<results>", results)
        slower = {"lower_layers": self.lower_layers} if self.lower_layers < 1 else {}
        return {"folder": folder, "freeze": self.freeze, **slower}

    def checked(self) -> dict[str, Any]:
        """What decides whether it is allowed."""
        return {key: getattr(self, key) for key in ("learnt", "unchecked", "leaks")}


@dataclass(frozen=True)
class Folder:
    """A folder of a model or of one of its seeds; dataset and model by the names of the folders."""

    path: str  # of the model
    dataset: str
    model: str
    seed: str | None

    @classmethod
    def of(cls, written: str, results: str) -> "Folder":
        """The folder that a config names.

        Parameters
        ----------
        written
            The path, as it has it.
        results
            The folder of this run's results; of one elsewhere, `dataset` is "".
        """
        path = os.path.normpath(written)
        seed = SEED.fullmatch(Path(path).name)
        path = os.path.dirname(path) if seed else path  # noqa: PTH120, as it was written
        location = Path(path).resolve()
        is_ours = location.parent.parent == Path(results).resolve()
        return cls(path, location.parent.name if is_ours else "", location.name, seed and seed[1])

    def read(self, seeds: Iterable[int]) -> tuple[dict[str, Any], Start | None, str]:
        """A model on disk, for another one to start from.

        Parameters
        ----------
        seeds
            That need a trained one each, unless the folder is of one seed.

        Returns
        -------
        options : dict
            Its architecture and options; empty where something is wrong.
        start : Start or None
            None where something is wrong.
        problem : str
            What is wrong, or "".
        """
        if not Path(self.path).is_dir():
            text = "does not exist, and this config makes no such model. Paths start from "
            return {}, None, f"{text}{Path.cwd()}."
        needed = [self.seed] if self.seed else [str(seed) for seed in seeds]
        for seed in needed:
            for name in ("model.json", "model.safetensors"):
                if not Path(self.path, f"seed{seed}", name).is_file():
                    there = sorted(
                        path.parent.name for path in Path(self.path).glob("seed*/model.json")
                    )
                    text = f"holds no seed{seed}/{name}. Trained there: {', '.join(there) or '-'}."
                    return {}, None, text
        record = _record(Path(self.path, f"seed{needed[0]}"))
        architecture, options = record.get("architecture"), record.get("options")
        if record.get("inputs"):
            return {}, None, "sees more than sequences: its table has `inputs`."
        if not isinstance(architecture, str) or not isinstance(options, dict):
            return {}, None, "its model.json is not the record of a model."
        if ":" not in architecture and architecture not in FAMILIES:
            text = f"its architecture, {architecture}, is {unknown(architecture, FAMILIES)}"
            return {}, None, text
        learnt, unchecked = _learnt(self.path, f"seed{needed[0]}")
        start = Start(self.path, self.seed, learnt, unchecked)
        return {"architecture": architecture, **options}, start, ""


def joint_name(datasets: Iterable[str]) -> str:
    """What several datasets are called as one; no dataset of a config has such a name."""
    return "+".join(datasets)


def _record(folder: Path) -> dict:
    """What model.json says; nothing where it cannot be read."""
    try:
        record = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def _learnt(folder: str, seed: str) -> tuple[list[str], list[str]]:
    """Files of the rows that a model on disk, and those before it, learned from.

    Also the folders of those whose files are not there.
    """
    learnt, unchecked, passed = [], [], set()
    while folder not in passed:
        passed.add(folder)
        record = _record(Path(folder, seed))
        location = ["..", joint_name(together)] if (together := record.get("together")) else []
        splits = os.path.normpath(os.path.join(folder, "..", *location, "splits"))  # noqa: PTH118
        files = [f"{splits}/{part}.parquet" for part in LEARNT]
        there = [file for file in files if Path(file).is_file()]
        learnt += there
        unchecked += [] if there else [folder]
        before = record.get("start_from")
        if isinstance(before, dict) and isinstance(before.get("folder"), str):
            folder, _, seed = before["folder"].rpartition("/")
    return learnt, unchecked
