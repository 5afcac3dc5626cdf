"""Pairs of held-out rows with their scores, which intervals of differences rest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from seq2score.certainty import differences
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.pairs import Pairs, find
from seq2score.evaluation.resampling import Units, every_row, units_in_files
from seq2score.inference.contrasts import NO_CONTRASTS, Contrasts
from seq2score.inference.predictions import score_matrix
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes


@dataclass(frozen=True)
class MeasuredPairs:
    """Pairs of rows, the rows' scores, float (n, outputs), and the variance of each one's noise.

    Contrasts of scores are scores, and stand behind the others.
    """

    pairs: Pairs
    scores: np.ndarray
    noise: tuple[float, ...]
    contrasts: Contrasts = NO_CONTRASTS

    @classmethod
    def of(
        cls,
        rows: pa.Table,
        outputs: Sequence[str],
        units: Units | None = None,
        inputs: Sequence[str] = (),
        replicates: Sequence[str] = (),
        contrasts: Contrasts = NO_CONTRASTS,
    ) -> "MeasuredPairs":
        """Of a table with `sequence`, scores, and the columns of inputs and replicates.

        units: of the rows, each row by default. Replicates are those of one score.
        """
        scores = contrasts.extended(score_matrix(rows, outputs))
        repeats = score_matrix(rows, replicates) if replicates else np.empty((len(rows), 0))
        repeats = repeats if len(outputs) == 1 else repeats[:, :0]
        hashes = sequence_hashes(encode(rows["sequence"]))
        noise = [differences.noise_variance(score, repeats, hashes) for score in scores.T]
        pairs = find(rows, units or every_row(len(rows)), inputs)
        return cls(pairs, scores, tuple(noise), contrasts)

    @classmethod
    def of_split(cls, rows: pa.Table, outputs: Sequence[str], split: Mapping) -> "MeasuredPairs":
        """Of rows of a dataset, by its settings.

        split: `split`, `reverse_complement`, `replicates`, `inputs`, `contrasts`,
        `score_transform`, and `clusters`, the file of clusters where there is one.
        """
        units = units_in_files(rows, split, split["split"], split["reverse_complement"])
        contrasts = Contrasts.of(split["contrasts"], outputs, split["score_transform"])
        return cls.of(rows, outputs, units, [*split["inputs"]], split["replicates"], contrasts)

    def calibrate(self, calibration: Calibration, predicted: np.ndarray) -> Calibration:
        """A calibration with that of differences. predicted: of the rows, float (n, outputs)."""
        extended = self.contrasts.extended(predicted)
        of_pairs = differences.fit(self.scores, extended, self.pairs, self.noise)
        return replace(calibration, differences=of_pairs)


def columns(split: Mapping, there: Sequence[str]) -> list[str]:
    """The columns of a dataset, of those that are there, that its pairs need beside scores."""
    needed = ["id", split["split"].get("column"), *split["replicates"]]
    return [name for name in needed if name in there]
