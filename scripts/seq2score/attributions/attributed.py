"""Contributions of letters as they lie on disk, with the model whose predictions they explain."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.attributions import methods, store
from seq2score.attributions.methods import Score
from seq2score.evaluation.resampling import Units, units_in_files
from seq2score.inference.prediction import Ensemble, load
from seq2score.sequences.encoding import decode


@dataclass(frozen=True)
class Attributed:
    """Sequences whose letters contribute to what a model predicts.

    Attributes
    ----------
    explained
        The score or class that is predicted.
    predict
        That score, a class by its probability, of encoded sequences, uint8 (n, length).
    rule
        The same of the rule behind synthetic sequences, None without one.
    one_hot, hypothetical
        (n, 4, length), as `store` keeps them, of evenly spaced rows if there are many.
    ids
        Of the sequences, str (n,).
    units
        Of the sequences, which statistics count as one.
    """

    model: Ensemble
    explained: str
    predict: Score
    rule: Score | None
    one_hot: np.ndarray
    hypothetical: np.ndarray
    ids: np.ndarray
    units: Units

    @classmethod
    def open(
        cls,
        folder: str | Path,
        source: Mapping[str, str],
        settings: Mapping,
    ) -> "Attributed":
        """From files and what is asked of them.

        Parameters
        ----------
        folder
            Of the model.
        source
            Paths: `one_hot`, with the other arrays beside it; `sequences`, of which these are;
            `clusters`, where the dataset is split by them.
        settings
            `request`, a section `attributions`, whose `output` is the explained one, the first if
            None; `synthetic`, for its rule; `split` and `reverse_complement` of the dataset.

        Raises
        ------
        InputError
            For an output that the model does not have.
        """
        output, synthetic = settings["request"]["output"], settings["synthetic"]
        model = load(folder)
        predict, rule = methods.predicted(model, output, synthetic)
        names = model.record["classes"] or model.record["outputs"]
        explained = names[methods.output_of(model, output)]
        one_hot, hypothetical, ids = store.evenly(Path(source["one_hot"]).parent)
        encoded, _ = store.actual_letters(one_hot, hypothetical)
        units = _units(encoded, ids, source, settings)
        return cls(model, explained, predict, rule, one_hot, hypothetical, ids, units)

    @property
    def alphabet(self) -> str:
        """dna or rna."""
        return self.model.record["alphabet"]

    @cached_property
    def encoded(self) -> np.ndarray:
        """Codes of the sequences, uint8 (n, length)."""
        return store.actual_letters(self.one_hot, self.hypothetical)[0]

    @cached_property
    def contributions(self) -> np.ndarray:
        """What the letters that are there contribute, float64 (n, length)."""
        return store.actual_letters(self.one_hot, self.hypothetical)[1]

    @property
    def quantity(self) -> str:
        """What is explained, for readers."""
        kind = "probability of " if self.model.record["classes"] else ""
        return f"predicted {kind}{self.explained}"


def _units(
    encoded: np.ndarray, ids: np.ndarray, source: Mapping[str, str], settings: Mapping
) -> Units:
    """Of sequences as they were split, or, of a file of the user's, each sequence by itself."""
    table = pa.table({"id": ids.tolist(), "sequence": decode(encoded).tolist()})
    split, strands = settings["split"], settings["reverse_complement"]
    if isinstance(settings["request"]["sequences"], Mapping):
        return units_in_files(table, {}, {"method": "random"}, strands)
    column, file = split.get("column"), pq.ParquetFile(source["sequences"])
    if column in file.schema_arrow.names:
        rows = file.read(["id", column])
        of_id = pc.index_in(table["id"], value_set=rows["id"].cast(pa.string()))
        table = table.append_column(column, rows[column].take(of_id))
    return units_in_files(table, source, split, strands)
