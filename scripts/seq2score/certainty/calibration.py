"""From held-out rows to intervals beside every prediction.

Of the held-out rows, a third at most (the scouts, chosen by their sequences alone) says how errors
differ between sequences; the other rows say how large they are. So intervals are exact: nothing was
fitted to the rows that set their width.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from seq2score.certainty import conformal, differences, novelty, scale
from seq2score.certainty.differences import Outputs
from seq2score.errors import InputError
from seq2score.sequences.hashing import shuffled

SCOUTS = 3  # one in so many held-out rows, or in more where those are many
MOST_SCOUTS = 2048  # or a few more
FEWEST = 150  # held-out rows; of fewer, all set the width, which is then the same everywhere


@dataclass(frozen=True)
class NoveltyReference:
    """Where sequences lie, beside those that a model was trained on and those held out.

    centre: float32 (features,). axes: float32 (features, d). trained: float32 (m, d), places of
    training sequences. distances: float (h,), sorted, of held-out sequences from them.
    """

    centre: np.ndarray
    axes: np.ndarray
    trained: np.ndarray
    distances: np.ndarray

    @classmethod
    def of(
        cls, trained: Sequence[np.ndarray], held_out: Sequence[np.ndarray]
    ) -> "NoveltyReference":
        """trained, held_out: features of sequences in each space, float (n, f)."""
        centre, axes = novelty.space(trained)
        places = novelty.project(trained, centre, axes)
        distances = novelty.distance(novelty.project(held_out, centre, axes), places)
        return cls(centre, axes, places, np.sort(distances))

    def places(self, spaces: Sequence[np.ndarray]) -> np.ndarray:
        """Of sequences, by their features: float32 (n, d)."""
        return novelty.project(spaces, self.centre, self.axes)


@dataclass(frozen=True)
class Errors:
    """How wrong the predictions of one score are, on held-out rows.

    weights: float (parts,), as of `scale.fit`. ratios: float (n,), sorted: the error over the
    expected one, of rows that nothing was fitted to. measured: the lowest and the highest score of
    the train set, float (2,). predictions, errors, places: of the scouts, by
    rising prediction; without scouts, all errors are expected alike.
    """

    weights: np.ndarray
    ratios: np.ndarray
    measured: np.ndarray
    predictions: np.ndarray
    errors: np.ndarray
    places: np.ndarray

    def expect(
        self, predictions: np.ndarray, further: np.ndarray, places: np.ndarray
    ) -> np.ndarray:
        """Expected absolute error of rows, float (n,). See `parts`."""
        return scale.expect(self.weights, self.parts(predictions, further, places))

    def parts(
        self,
        predictions: np.ndarray,
        further: np.ndarray,
        places: np.ndarray,
        left_out: np.ndarray | None = None,
    ) -> np.ndarray:
        """What the error of a row may grow with, float (n, parts).

        A constant; `further`, float (n, k), none negative; and the mean errors of the scouts with
        the nearest predictions, float (n,), and at the nearest places, float32 (n, d). left_out:
        the rows' errors where they are the scouts themselves, to be left out of these means.
        """
        constant = np.ones((len(predictions), 1))
        if not len(self.errors):
            return constant
        parts = [
            constant,
            further,
            scale.in_line(predictions, self.predictions, self.errors, left_out),
        ]
        if self.places.shape[1]:
            parts.append(scale.around(places, self.places, self.errors, left_out))
        return np.column_stack(parts)


@dataclass(frozen=True)
class Calibration:
    """What there is to know of how far a model, or the ensemble of its seeds, can be trusted.

    errors: of each score; of classes, one whose ratios are the surprise at the true class.
    reference: of a single model. metadata: what it rests on, for the record. differences: of each
    score, on held-out pairs; empty for classes, and for what was calibrated without pairs.
    """

    errors: tuple[Errors, ...]
    metadata: dict
    reference: NoveltyReference | None = None
    differences: Outputs = ()

    def allowed(self, level: float) -> np.ndarray:
        """How many expected errors an interval reaches to each side: float (outputs,)."""
        return np.array([conformal.quantile(errors.ratios, level) for errors in self.errors])


def save_to(calibration: Calibration, path: str | Path) -> None:
    """Write a calibration; the same one gives the same bytes."""
    tensors = {
        f"errors.{output}.{name}": value
        for output, errors in enumerate(calibration.errors)
        for name, value in vars(errors).items()
    }
    if calibration.reference:
        tensors |= {f"surroundings.{k}": v for k, v in vars(calibration.reference).items()}
    tensors |= differences.as_tensors(calibration.differences)
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    parts = {"outputs": len(calibration.errors), "surroundings": bool(calibration.reference)}
    parts["differences"] = len(calibration.differences)
    metadata = json.dumps(calibration.metadata | parts, sort_keys=True)
    Path(path).write_bytes(save(tensors, {"about": metadata}))


def load(path: str | Path) -> Calibration:
    """Read a calibration. Raises InputError for a file that holds none."""
    try:
        with safe_open(path, "numpy") as file:
            metadata = json.loads(file.metadata()["about"])

            def part(kind: type[Errors | NoveltyReference], prefix: str) -> dict[str, np.ndarray]:
                return {f.name: file.get_tensor(f"{prefix}.{f.name}") for f in fields(kind)}

            outputs = range(metadata.pop("outputs"))
            errors = tuple(Errors(**part(Errors, f"errors.{i}")) for i in outputs)
            alone = metadata.pop("surroundings")
            around = NoveltyReference(**part(NoveltyReference, "surroundings")) if alone else None
            names = [name for name in file.keys() if name.startswith(differences.PREFIX)]  # noqa: SIM118
            tensors = {name: file.get_tensor(name) for name in names}
            pairs = differences.of_tensors(tensors, metadata.pop("differences", 0))
    except (FileNotFoundError, SafetensorError, KeyError, TypeError) as error:
        raise InputError(f"{path}: this is no calibration of a model: {error}") from None
    return Calibration(errors, metadata, around, pairs)


def is_scout(hashes: np.ndarray) -> np.ndarray:
    """Which held-out rows say how errors differ, bool (n,); those of equal sequences alike.

    hashes: uint64 (n,), of the sequences.
    """
    if len(hashes) < FEWEST:
        return np.zeros(len(hashes), bool)
    return shuffled(hashes, seed=0) % max(SCOUTS, len(hashes) // MOST_SCOUTS) == 0
