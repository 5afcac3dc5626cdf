"""Trained models as a tool: from a folder to predictions, a torch module, or embeddings."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor, nn

from seq2score.errors import InputError
from seq2score.inference.units import InUnits, Mean, in_units, noise_sd
from seq2score.models import files, noise
from seq2score.models.network import LETTERS_AT_ONCE, Network, one_hot
from seq2score.sequences import encoding
from seq2score.sequences.accepted import accept
from seq2score.sequences.construct import Construct
from seq2score.sequences.inputs import Inputs, Table

# What stands beside sequences: a table or mapping of columns, or encoded, float32 (n, width).
Covariates = Table | np.ndarray | None
# Text, or encoded, uint8 (n, input length).
Sequences = Sequence[str] | np.ndarray

# What all members of an ensemble must have in common: what they take, and what they tell.
_SHARED = ("input_length", "length", "alphabet", "outputs", "classes", "flanks", "inputs")


def load(
    folder: str | Path, device: str | torch.device = "cpu", *, trust_code: bool = False
) -> "Predictor | Ensemble":
    """A trained model, ready to predict.

    Nothing that comes with the folder is run or unpickled, unless `trust_code` says so.

    Parameters
    ----------
    folder
        Of one seed, such as results/8mers/cnn/seed17, or of a model, such as results/8mers/cnn.
    device
        What to compute on, as torch names it.
    trust_code
        Whether the file of a custom class (FILE.py:CLASS), which the record names, may be run, and
        what its estimator learned be unpickled. Look into both before you say so.

    Returns
    -------
    Predictor or Ensemble
        The one of one seed, the other of all seeds of a model.

    Raises
    ------
    InputError
        For a folder that holds no model, a damaged one, one of a newer version, or one of a custom
        class without `trust_code`.
    """
    folder = Path(folder)
    if (folder / "model.json").exists() or not (seeds := _seeds(folder)):
        model = Predictor(*files.load(folder, trust_code), device)
        if model.inputs:
            logging.info("sequences that are asked alone are asked at %s", model.inputs.values_text)
        return model
    members = [Predictor(*files.load(seed, trust_code), device) for seed in seeds]
    for seed, member in zip(seeds, members, strict=True):
        for key in _SHARED:
            if (value := member.record.get(key)) != (first := members[0].record.get(key)):
                raise InputError(
                    f"{folder}: no ensemble, for {key} is {first} in {seeds[0].name} and {value} "
                    f"in {seed.name}. Load one of the seeds."
                )
    return Ensemble(members)


def load_seeds(weights: Sequence[str | Path], device: str | torch.device = "cpu") -> "Ensemble":
    """The ensemble of trained models, by the file of each one's weights."""
    return Ensemble([Predictor(*files.load(Path(path).parent), device) for path in weights])


def load_members(names: Sequence[str], weights: Sequence[str | Path]) -> dict[str, "Predictor"]:
    """Trained models by name, by the file of each one's weights."""
    folders = [Path(path).parent for path in weights]
    return {
        name: Predictor(*files.load(folder)) for name, folder in zip(names, folders, strict=True)
    }


def _seeds(folder: Path) -> list[Path]:
    """Folders of a model's seeds, in the order of the numbers."""
    folders = {
        int(name[1]): path.parent
        for path in folder.glob("seed*/model.json")
        if (name := re.fullmatch(r"seed(\d+)", path.parent.name))
    }
    return [folders[seed] for seed in sorted(folders)]


class Ensemble:
    """Trained networks that predict the same. What it tells is the mean over its `members`.

    Whatever takes sequences takes str, or encoded sequences, uint8 (n, input length), and raises
    InputError for the first sequence that the model cannot take. Where a model was trained in a
    construct, sequences are inserts.

    A model may see more than sequences: columns of its table, `inputs` of its record. Methods take
    them by name, as an Arrow or pandas table or a mapping of columns to values of each sequence, or
    to one value for all; or encoded by `covariates`. Without them, sequences are asked at fixed
    values, `model.inputs.alone`.
    """

    def __init__(self, members: "list[Predictor]"):
        self.members = members

    def __repr__(self) -> str:
        record, seeds = self.record, [str(member.record["seed"]) for member in self.members]
        letters = f"{record['input_length']} letters of {record['alphabet'].upper()}"
        outputs = ", ".join(record["classes"] or record["outputs"])
        several = "s" if len(seeds) > 1 else ""
        return (
            f"<seq2score model {record['model']!r} of {record['dataset']!r}, "
            f"{record['architecture']}, seed{several} {', '.join(seeds)}: {letters} to {outputs}>"
        )

    @property
    def record(self) -> dict:
        """The record (model.json) of the first member: what goes in and what comes out."""
        return self.members[0].record

    @property
    def inputs(self) -> Inputs:
        """What it sees beside sequences."""
        return Inputs.of(self.record.get("inputs"))

    def covariates(self, table: pa.Table) -> np.ndarray:
        """Covariates of an Arrow table, of a column for each of `inputs`, encoded.

        float32 (n, width), (n, 0) where a model sees sequences alone.
        """
        return self.inputs.encode(table, table.num_rows)

    def predict(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray:
        """Predictions, with all that training did to the scores (scaling, logarithm) undone.

        Parameters
        ----------
        sequences
            Text, or encoded, uint8 (n, input length).
        inputs
            Covariates of the n sequences; without them, sequences are asked at fixed values.

        Returns
        -------
        ndarray
            float64: (n,) for one score, (n, outputs) for several, probabilities (n, classes) for a
            classification.

        Raises
        ------
        InputError
            For the first sequence, or row of covariates, that the model cannot take.
        """
        return _flat(self.predict_each(sequences, inputs).mean(axis=0))

    def spread(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray:
        """Standard deviation between the members, in the shape of `predict`; NaN for one alone."""
        each = self.predict_each(sequences, inputs)
        if len(each) == 1:
            return _flat(np.full(each.shape[1:], np.nan))
        return _flat(each.std(axis=0, ddof=1))

    def predict_each(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray:
        """What each member predicts: float64 (members, n, outputs) or (members, n, classes)."""
        encoded = self._codes(sequences)
        inputs = self._encoded(inputs, len(encoded))
        return np.concatenate([member.predict_each(encoded, inputs) for member in self.members])

    def embed(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray:
        """The input of each member's last layer, side by side: float32 (n, width).

        Parameters are those of `predict`.

        Raises
        ------
        InputError
            For an architecture without such a layer.
        """
        encoded = self._codes(sequences)
        inputs = self._encoded(inputs, len(encoded))
        return np.concatenate([member.embed(encoded, inputs) for member in self.members], axis=1)

    @property
    def module(self) -> nn.Module:
        """A new module from one-hot (n, 4, length) to the predictions, with slopes: `InUnits`.

        Raises
        ------
        InputError
            For a family without gradients.
        """
        return Mean([member.module for member in self.members])

    @property
    def logits(self) -> nn.Module:
        """Of classes: as `module`, but with centred logits (see `InUnits`), for attributions."""
        return Mean([member.logits for member in self.members])

    def read(self, sequences: pa.Array) -> tuple[np.ndarray, list[str]]:
        """Arrow strings encoded, by the rules that the training sequences followed.

        Returns
        -------
        encoded : ndarray
            uint8 (n, input length).
        problems : list of str
            What is wrong with each sequence that the model cannot take, "" for nothing.
        """
        return accept(sequences, self.record)

    def _encoded(self, inputs: Covariates, rows: int) -> np.ndarray:
        """Float32 (rows, width), of what a method was given beside its sequences."""
        known = self.inputs
        if isinstance(inputs, np.ndarray) and inputs.dtype == np.float32 and inputs.ndim == 2:
            if inputs.shape != (rows, known.width):
                raise InputError(
                    f"inputs: float32 of shape {inputs.shape}. Allowed: ({rows}, {known.width}), "
                    "as `covariates` encodes them."
                )
            return inputs
        if inputs is not None and not known:
            raise InputError("inputs: this model sees sequences alone. Leave them out.")
        return known.encode(known.alone if inputs is None else inputs, rows)

    def _codes(self, sequences: Sequences) -> np.ndarray:
        if isinstance(sequences, np.ndarray) and sequences.dtype == np.uint8:
            length = self.record["input_length"]
            if sequences.ndim != 2 or sequences.shape[1] != length or bool((sequences > 4).any()):
                raise InputError(
                    f"codes: uint8 of shape {sequences.shape}. Allowed: (n, {length}), from 0 to 4."
                )
            return sequences
        try:
            texts = pa.array([] if isinstance(sequences, str) else sequences, pa.string())
        except (TypeError, pa.ArrowException):
            texts = None
        if texts is None or isinstance(sequences, str):
            raise InputError(
                f"sequences: {type(sequences).__name__}. Allowed: a list (or column) of text, or "
                "codes, uint8 (n, length)."
            )
        encoded, problems = self.read(texts)
        if wrong := next(((i, text) for i, text in enumerate(problems) if text), None):
            raise InputError(f"sequence {wrong[0] + 1} {wrong[1]}")
        return encoded


class Predictor(Ensemble):
    """One trained network with its record (model.json): the only member of itself."""

    def __init__(self, network: Network, record: dict, device: str | torch.device = "cpu"):
        super().__init__([self])
        self.network = network.to(device).eval()
        self.device = torch.device(device)
        self.construct = Construct.of(record.get("flanks"))
        self._record = record

    @property
    def record(self) -> dict:
        """The record (model.json): what goes in and what comes out."""
        return self._record

    def outputs(self, encoded: np.ndarray, inputs: Covariates = None) -> np.ndarray:
        """What the network itself gives, on the scale that it learned: float64 (n, outputs).

        Of one that tells the noise, (n, 2 x outputs); see `models.noise`.
        """

        def given(*seen: Tensor) -> np.ndarray:
            return self.network(*seen).cpu().double().numpy()

        return np.concatenate([*self._by_strand(given, encoded, inputs)])

    def predict_each(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray:
        """Its own predictions: float64 (1, n, outputs) or (1, n, classes)."""
        encoded = self._codes(sequences)
        return np.concatenate([*self._by_strand(self._scores, encoded, inputs)])[None]

    def noise(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray | None:
        """Standard deviation of the noise that it tells, float64 (n, outputs), or None.

        On the scale that it learned: that of logarithms, with a `score_transform`.
        """
        if not noise.predicts_noise(self.record["loss"]):
            return None

        def sd(*seen: Tensor) -> np.ndarray:
            return noise_sd(self.network(*seen).cpu().double().numpy(), self.record)

        encoded = self._codes(sequences)
        return np.concatenate([*self._by_strand(sd, encoded, inputs)])

    def embed(self, sequences: Sequences, inputs: Covariates = None) -> np.ndarray:
        """The input of its last layer: float32 (n, width)."""
        last = getattr(self.network, "output", None)
        last = last[-1] if isinstance(last, nn.Sequential) else last
        if not isinstance(last, nn.Module):
            raise InputError(f"{self.record['architecture']}: has no last layer to read before.")
        seen: list[Tensor] = []
        hook = last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].flatten(1)))

        def embedded(*given: Tensor) -> np.ndarray:
            self.network(*given)
            return seen.pop().float().cpu().numpy()

        try:
            encoded = self._codes(sequences)
            return np.concatenate([*self._by_strand(embedded, encoded, inputs)])
        finally:
            hook.remove()

    @property
    def module(self) -> nn.Module:
        """A new module of this network alone: `InUnits`, at the fixed values of its inputs."""
        return InUnits(self._differentiable(), self.record)

    @property
    def logits(self) -> nn.Module:
        """A new module of this network's centred logits: `InUnits`."""
        if not self.record["classes"]:
            raise InputError("logits: only classes have them, and this model predicts scores.")
        return InUnits(self._differentiable(), self.record, logits=True)

    def _differentiable(self) -> nn.Module:
        if not self.network.differentiable:
            why = self.network.why_no_gradients
            raise InputError(f"{self.record['architecture']}: {why}, and so no module.")
        return self.network

    def _scores(self, *seen: Tensor) -> np.ndarray:
        output = self.network(*seen).cpu().double()  # some devices, such as mps, know no float64
        if self.record["classes"]:
            return output.softmax(dim=1).numpy()
        return in_units(output.numpy(), self.record)

    @torch.inference_mode()
    def _by_strand(
        self, compute: Callable[..., np.ndarray], encoded: np.ndarray, inputs: Covariates
    ) -> Iterator[np.ndarray]:
        """What is computed of one-hot letters, a batch at a time, averaged over the strands.

        encoded: inserts; what is computed of are their constructs. inputs: as methods take them.
        """
        covariates = torch.from_numpy(self._encoded(inputs, len(encoded)))

        def computed(encoded: np.ndarray, *given: Tensor) -> np.ndarray:
            whole = torch.from_numpy(self.construct.around(encoded))
            return compute(one_hot(whole.to(self.device)), *given)

        letters = self.record["input_length"] + self.construct.letters
        rows = max(1, LETTERS_AT_ONCE // letters)
        for start in range(0, max(1, len(encoded)), rows):
            batch = encoded[start : start + rows]
            given = (
                [covariates[start : start + rows].to(self.device)] if covariates.shape[1] else []
            )
            if self.record["reverse_complement"] != "average":
                yield computed(batch, *given)
            else:
                turned = computed(encoding.reverse_complement(batch), *given)
                yield (computed(batch, *given) + turned) / 2


def _flat(values: np.ndarray) -> np.ndarray:
    """(n, 1) as (n,)."""
    return values[:, 0] if values.shape[1] == 1 else values
