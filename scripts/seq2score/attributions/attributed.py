"""Contributions of letters as they lie on disk, with the model whose predictions they explain."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from seq2score.attributions import methods, store
from seq2score.attributions.methods import Score
from seq2score.inference.prediction import Ensemble, load


@dataclass(frozen=True)
class Attributed:
    """Sequences whose letters contribute to what a model predicts.

    predict: the explained output, a class by its probability, from encoded sequences, uint8 (n,
    length), to float (n,); rule: the same of the rule behind synthetic sequences, None without one.
    one_hot, hypothetical: (n, 4, length), as `store` keeps them, of evenly spaced rows if there are
    many.
    """

    model: Ensemble
    explained: str
    predict: Score
    rule: Score | None
    one_hot: np.ndarray
    hypothetical: np.ndarray
    ids: np.ndarray

    @classmethod
    def open(
        cls,
        folder: str | Path,
        one_hot: str | Path,
        output: str | None = None,
        synthetic: Mapping | None = None,
    ) -> "Attributed":
        """From the folder of a model and the file of one-hot letters, with the others beside it.

        output: the explained one, the first if None. synthetic: a section of the config, for its
        rule.
        """
        model = load(folder)
        predict, rule = methods.predicted(model, output, synthetic)
        names = model.record["classes"] or model.record["outputs"]
        explained = names[methods.output_of(model, output)]
        return cls(model, explained, predict, rule, *store.evenly(Path(one_hot).parent))

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
