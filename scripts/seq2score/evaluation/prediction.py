"""From a trained model's folder to predictions, in the score's own units."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch

from seq2score.errors import InputError
from seq2score.models import files
from seq2score.models.network import LETTERS_AT_ONCE, one_hot
from seq2score.sequences import encoding

_BACK = {"none": lambda score: score, "log2": np.exp2, "log1p": np.expm1}


def load(folder: str | Path, device: str = "cpu") -> "Predictor":
    """The model of a folder such as results/8mers/cnn/seed17, ready to predict.

    Raises InputError for a folder that holds no model, or a broken one.
    """
    return Predictor(*files.load(folder), device)


class Predictor:
    """A trained network with its record (model.json)."""

    def __init__(self, network: torch.nn.Module, record: dict, device: str = "cpu"):
        self.network = network.to(device).eval()
        self.record = record
        self.device = torch.device(device)

    def predict(self, sequences: Sequence[str] | np.ndarray) -> np.ndarray:
        """Predictions, with all that training did to the scores (scaling, logarithm) undone.

        sequences: str, or their codes, uint8 (n, input length). Returns float64: (n,) for one
        score, (n, scores) for several, probabilities (n, classes) for a classification.
        Raises InputError for the first sequence that the model cannot take.
        """
        codes = sequences
        if getattr(sequences, "dtype", None) != np.uint8:
            codes, problems = self.read(pa.array(sequences, pa.string()))
            if wrong := next(((i, text) for i, text in enumerate(problems) if text), None):
                raise InputError(f"sequence {wrong[0] + 1} {wrong[1]}")
        rows = max(1, LETTERS_AT_ONCE // self.record["input_length"])
        starts = range(0, max(1, len(codes)), rows)
        predictions = np.concatenate([self._batch(codes[i : i + rows]) for i in starts])
        return predictions[:, 0] if predictions.shape[1] == 1 else predictions

    def read(self, sequences: pa.Array) -> tuple[np.ndarray, list[str]]:
        """Codes uint8 (n, input length), by the rules that the training sequences followed.

        Beside them, what is wrong with each sequence that the model cannot take, "" for nothing.
        """
        length = self.record["input_length"]
        rule = {} if self.record["length"] == "equal" else self.record["length"]
        allowed = "ACGTUN" if self.record["alphabet"] == "rna" else "ACGTN"
        flat, lengths = encoding.ragged_codes(sequences, self.record["alphabet"])
        foreign = np.zeros(len(lengths), dtype=bool)
        foreign[np.repeat(np.arange(len(lengths)), lengths)[flat == encoding.INVALID]] = True
        shortest = 1 if "pad" in rule else length
        longest = np.inf if "crop" in rule else length
        problems = [
            f"has {n} letters; the model takes {length}"
            if not shortest <= n <= longest
            else f"holds another letter than {', '.join(allowed)}"
            if strange
            else ""
            for n, strange in zip(lengths.tolist(), foreign, strict=True)
        ]
        return encoding.to_width(flat, lengths, length, rule.get("pad", "right")), problems

    def _batch(self, codes: np.ndarray) -> np.ndarray:
        if self.record["reverse_complement"] != "average":
            return self._strand(codes)
        return (self._strand(codes) + self._strand(encoding.reverse_complement(codes))) / 2

    @torch.inference_mode()
    def _strand(self, codes: np.ndarray) -> np.ndarray:
        output = self.network(one_hot(torch.from_numpy(codes).to(self.device)))
        output = output.cpu().double()  # some devices, such as mps, know no float64
        if self.record["classes"]:
            return output.softmax(dim=1).numpy()
        score = output.numpy()
        if scaling := self.record["target_scaling"]:
            score = score * scaling["sd"] + scaling["mean"]
        if self.record["loss"] == "poisson":
            score = np.exp(score)
        return _BACK[self.record["score_transform"]](score)
