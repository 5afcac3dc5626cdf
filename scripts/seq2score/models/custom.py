"""Models by a class of the user's own, named as FILE.py:CLASS.

Either a torch.nn.Module that maps one-hot float32 (n, 4, length) to (n, outputs), and is trained
as any network; or an estimator with scikit-learn's `fit(X, y)` and `predict(X)` (for classes
`predict_proba`), X being one-hot numbers, float32 (n, length x 4), then those of further inputs.
Options are keyword arguments; `length`, `outputs` and (of an estimator) `random_state` are given to
a class that names them.

To use such a model is to run its file: `models.files.load` does so only with its caller's consent.
"""

import hashlib
import inspect
import json
import pickle
import sys
from collections.abc import Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seq2score.errors import InputError
from seq2score.models.estimator import Estimator, Examples, covariates_of
from seq2score.models.network import Network, one_hot


def is_custom(architecture: str) -> bool:
    """Whether an architecture is a class of the user's own."""
    return ":" in architecture


def digest_of(architecture: str) -> str:
    """SHA-256 of the file of a class.

    Raises
    ------
    InputError
        Where there is no such file.
    """
    file = Path(architecture.partition(":")[0])
    if not file.is_file():
        raise InputError(
            f"{architecture}: {file} is not in {Path.cwd()}. The class of a model must be where it "
            "was when the model was trained."
        )
    return hashlib.sha256(file.read_bytes()).hexdigest()


def build(
    architecture: str, options: dict, length: int, outputs: int, noise: bool = False
) -> Network:
    """A model of the class that FILE.py:CLASS names, as `models.build` gives it.

    Raises
    ------
    InputError
        Where file or class are missing, the class is of neither kind, or it cannot be made from the
        options.
    """
    custom_class = _class(architecture)
    if isinstance(custom_class, type) and issubclass(custom_class, nn.Module):
        if noise:
            refuse_fixed_outputs(architecture, "the loss is gaussian_nll, which has two of a score")
        total = outputs * (1 + noise)
        given = {"length": length, "outputs": total}
        return CustomNetwork(architecture, _made(architecture, custom_class, options, given), total)
    if not (hasattr(custom_class, "fit") and hasattr(custom_class, "predict")):
        raise InputError(
            f"{architecture}: neither a torch.nn.Module nor an estimator with `fit` and `predict`."
        )
    if noise:
        CustomEstimator.with_noise(length, outputs)
    return CustomEstimator(architecture, custom_class, options, length, outputs)


def refuse_fixed_outputs(architecture: str, why: str) -> None:
    """Raise InputError for a torch module that does not let us say how many numbers it gives.

    The message says by `why` that this has to be said.
    """
    if "outputs" not in inspect.signature(_class(architecture)).parameters:
        raise InputError(
            f"{architecture}: {why}, so it must take `outputs`: how many numbers it gives."
        )


def _class(architecture: str) -> Any:
    """The class itself; its file is run once, as a module named by its content."""
    file, _, name = architecture.partition(":")
    module_name = f"seq2score_own_{digest_of(architecture)[:16]}"
    if module_name not in sys.modules:
        spec = spec_from_file_location(module_name, file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[module_name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[module_name]
            raise InputError(f"{file} does not run: {type(error).__name__}: {error}") from error
    if not hasattr(sys.modules[module_name], name):
        raise InputError(f"{architecture}: {file} holds no {name}.")
    return getattr(sys.modules[module_name], name)


def _made(architecture: str, custom_class: Any, options: dict, given: dict) -> Any:
    """An object of the class, from the options and those of the `given` that it names."""
    try:
        named = inspect.signature(custom_class).parameters
        named_options = {key: value for key, value in given.items() if key in named}
        return custom_class(**named_options | options)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{architecture}: cannot be made with {options or 'no options'}: {error}"
        ) from error


class CustomNetwork(Network):
    """A torch module of the user's, with what the training loop wants of a network."""

    def __init__(self, architecture: str, module: nn.Module, outputs: int):
        super().__init__()
        self.module, self.name, self.outputs = module, architecture, outputs

    def forward(self, x: Tensor) -> Tensor:
        """One-hot float32 (n, 4, length) to float32 (n, outputs).

        Raises
        ------
        InputError
            Where the module gives another number of them.
        """
        outputs = self.module(x)
        outputs = outputs[:, None] if outputs.ndim == 1 else outputs
        _refuse_shape(self.name, tuple(outputs.shape), (x.shape[0], self.outputs))
        return outputs


def _refuse_shape(architecture: str, shape: tuple, needed: tuple) -> None:
    """Raise InputError where a model gives another number of numbers than it is to learn."""
    if shape != needed:
        raise InputError(
            f"{architecture}: gives numbers of shape {shape} for {needed[0]} sequences. Allowed: "
            f"{needed}, one for each score or class."
        )


class CustomEstimator(Estimator):
    """An estimator of the user's, one copy an output; one for all classes.

    Saved as plain arrays and values where it holds nothing else, and else as Python pickles it. A
    pickle runs code when it is read, as the class's own file does: both need the same consent.
    """

    def __init__(
        self, architecture: str, custom_class: Any, options: dict, length: int, outputs: int
    ):
        super().__init__(length, outputs)
        self.name, self.custom_class, self.options = architecture, custom_class, options

    def fit(self, train: Examples, validation: Examples, loss: str, seed: int) -> None:
        """As `Estimator.fit`.

        Raises
        ------
        InputError
            Where the class lacks what the task needs.
        """
        if loss == "cross_entropy":
            copies = [self._fitted(train, train.targets, seed)]
            if not hasattr(copies[0], "predict_proba"):
                raise InputError(f"{self.name}: a classification needs its `predict_proba`.")
        else:
            copies = [self._fitted(train, target, seed) for target in train.targets.T]
        self._remember(copies)

    def _fitted(self, train: Examples, target: np.ndarray, seed: int) -> Any:
        estimator = _made(self.name, self.custom_class, self.options, {"random_state": seed})
        rows = ~np.isnan(target)
        given, weights = {}, train.weights[rows]
        if (weights != 1).any():
            if "sample_weight" not in inspect.signature(estimator.fit).parameters:
                raise InputError(f"{self.name}: its `fit` takes no sample_weight, but rows have.")
            given["sample_weight"] = weights
        seen = self._seen(train.encoded[rows], train.inputs[rows])
        return estimator.fit(seen, target[rows], **given) or estimator

    def _remember(self, copies: list) -> None:
        state = _plain_state(copies) if all(type(c) is self.custom_class for c in copies) else None
        if state is None:
            self.arrays = {"pickle": np.frombuffer(pickle.dumps(copies), dtype=np.uint8).copy()}
            self.copies = copies
        else:
            self.arrays = state
            self.copies = self._restored()  # a sum may depend on how its numbers lie in memory

    def _restored(self) -> list:
        """The fitted copies, from `arrays`."""
        if "pickle" in self.arrays:
            return pickle.loads(self.arrays["pickle"].tobytes())
        copies = []
        for number, values in enumerate(json.loads(self.arrays["values"].tobytes())):
            estimator = self.custom_class.__new__(self.custom_class)
            start = f"{number}/"
            arrays = {
                name.removeprefix(start): array
                for name, array in self.arrays.items()
                if name.startswith(start)
            }
            vars(estimator).update(values | arrays)
            copies.append(estimator)
        return copies

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """None."""
        return iter(())  # nobody but the class knows them

    def load_state_dict(  # type: ignore[override]
        self, state: Mapping[str, Tensor], *args: Any, **kwargs: Any
    ) -> None:
        """Take what was saved."""
        super().load_state_dict(state)
        self.copies = self._restored()

    def outputs_of(self, encoded: np.ndarray, inputs: np.ndarray | None = None) -> np.ndarray:
        """As `Estimator.outputs_of`."""
        if not len(encoded):
            return np.zeros((0, self.outputs))
        seen = self._seen(encoded, inputs)
        if hasattr(self.copies[0], "classes_"):
            shares = np.asarray(self.copies[0].predict_proba(seen))
            _refuse_shape(self.name, shares.shape, (len(encoded), self.outputs))
            return np.log(np.maximum(shares, 1e-12))
        columns = [np.asarray(c.predict(seen), dtype=float).reshape(-1) for c in self.copies]
        for column in columns:
            _refuse_shape(self.name, column.shape, (len(encoded),))
        return np.stack(columns, axis=1)

    def _seen(self, encoded: np.ndarray, inputs: np.ndarray | None) -> np.ndarray:
        letters = one_hot(torch.from_numpy(encoded)).transpose(1, 2).flatten(1).numpy()
        return np.hstack([letters, covariates_of(encoded, inputs)])


def _plain_state(estimators: list) -> dict[str, np.ndarray] | None:
    """What fitted estimators hold, as arrays by `NUMBER/ATTRIBUTE` and as JSON in `values`.

    None where one holds anything but numeric arrays and plain values.
    """
    arrays, values = {}, []
    for number, estimator in enumerate(estimators):
        plain = {}
        for name, value in getattr(estimator, "__dict__", {"": estimator}).items():
            if isinstance(value, np.ndarray | np.number) and value.dtype.kind in "biuf":
                arrays[f"{number}/{name}"] = np.array(value, order="C")
            elif value is None or type(value) in (bool, int, float, str):
                plain[name] = value
            else:
                return None
        values.append(plain)
    return arrays | {"values": np.frombuffer(json.dumps(values).encode(), np.uint8).copy()}
