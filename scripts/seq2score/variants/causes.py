"""Why REF alleles disagree with the genome or sequence, as far as the letters tell."""

from collections import Counter

import numpy as np

_COMPLEMENT = str.maketrans("ACGT", "TGCA")
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

    def __init__(self):
        self.rows = self.wrong = 0
        self.fits = Counter()
        self.missing = Counter()

    def add(self, edits, windows, good: np.ndarray, context) -> None:
        """Count a batch. edits, windows: as of `edits.windows`; good: rows that could be read."""
        self.rows += int(good.sum())
        for i, nearby in windows.nearby.items():
            ref = edits.refs[i]
            size, here = len(ref), nearby[1:-1]
            self.wrong += 1
            self.fits["one letter further right"] += nearby[2 : 2 + size] == ref
            self.fits["one letter further left"] += nearby[:size] == ref
            self.fits["the other strand"] += here == ref.translate(_COMPLEMENT)[::-1]
            if edits.alts[i] == here:
                self.fits["ALT"] += 1
        contigs = (
            c
            for c, column in zip(edits.contigs, windows.columns, strict=True)
            if column == "contig"
        )
        self.missing.update(contigs)

    def cause(self) -> str:
        """The likely cause in a sentence, or "" where none can be told."""
        if self.wrong < FEW:
            return ""
        for place, meaning in CAUSES.items():
            share = self.fits[place] / self.wrong
            if share >= MOST:
                return f"{share:.0%} of the REFs that disagree fit {place}: {meaning}?"
        if self.wrong >= MANY * self.rows:
            return (
                f"{self.wrong} of {self.rows} REFs disagree, and no shift or strand explains it: "
                "is the genome another assembly?"
            )
        return ""
