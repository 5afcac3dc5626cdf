"""Why REF alleles disagree with the genome or sequence, as far as the letters tell."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from seq2score.sequences.encoding import reverse_complement_text
from seq2score.variants.edits import Edit, Fault, Window

FEW = 10  # disagreements that tell nothing yet
MOST = 0.9  # share of them that a cause must explain; chance explains a third
CAUSES = {
    "one letter further right": "do the positions count from 0, where they must count from 1",
    "one letter further left": "are the positions one too high",
    "the other strand": "are the alleles of the other strand",
    "ALT": "have REF and ALT changed places",
}
MANY = 0.3  # share of all variants that another assembly makes disagree


class Disagreements:
    """Counts of REF alleles, and of those that fit elsewhere."""

    def __init__(self) -> None:
        self.rows = self.wrong = 0
        self.fits: Counter[str] = Counter()

    def add(
        self, edits: Sequence[Edit], windows: Sequence[Window | Fault], good: np.ndarray
    ) -> None:
        """Count a batch, of which rows could be read where `good`, bool (n,)."""
        self.rows += int(good.sum())
        for edit, window in zip(edits, windows, strict=True):
            if not isinstance(window, Fault) or not window.nearby:
                continue
            nearby, ref = window.nearby, edit.ref
            self.wrong += 1
            self.fits["one letter further right"] += nearby[2 : 2 + len(ref)] == ref
            self.fits["one letter further left"] += nearby[: len(ref)] == ref
            self.fits["the other strand"] += nearby[1:-1] == reverse_complement_text(ref)
            self.fits["ALT"] += nearby[1:-1] == edit.alt

    def cause(self) -> str:
        """The likely cause in a sentence, or "" where none can be told."""
        if self.wrong < FEW:
            return ""
        for kind, meaning in CAUSES.items():
            share = self.fits[kind] / self.wrong
            if share >= MOST:
                return f"{share:.0%} of the REFs that disagree fit {kind}: {meaning}?"
        if self.wrong >= MANY * self.rows:
            return (
                f"{self.wrong} of {self.rows} REFs disagree, and no shift or strand explains it: "
                "is the genome another assembly?"
            )
        return ""
