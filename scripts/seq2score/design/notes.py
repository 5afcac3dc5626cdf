"""What to know of designs before they are ordered, in words: of each, and of all."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seq2score.certainty.certain import Certain
from seq2score.design.goals import BEYOND
from seq2score.design.measured import Measured
from seq2score.design.objective import Goal
from seq2score.design.standing import Standing

UNJUDGED = "not judged: its interval is no promise"
SEEDS_ALONE = "judged by other seeds alone, which err alike: its interval is no promise"
UNKNOWN = "more novel than all held-out rows: its interval is no promise"
LESS, MORE = "the judge says less", "the judge says more"
NO_BETTER = "the judge says it is no better than its start was measured"
NO_BETTER_UNJUDGED = "predicted no better than its start was measured"


@dataclass(frozen=True)
class Notes:
    """each: notes by what they say, with bool (n,), the designs that they are for. of_all: for all
    of them. judged: whether there is a judge.
    """

    each: dict[str, np.ndarray]
    of_all: list[str]
    judged: bool

    @classmethod
    def of(
        cls,
        goal: Goal,
        measured: Measured,
        certain: Certain,
        judged: Certain | None,
        start_measured: np.ndarray,
        standing: Standing | None = None,
    ) -> "Notes":
        """Of n designs, by what the model and its judge, if any, predict of them.

        start_measured: float (n, outputs), of the start of each; NaN where nothing was measured.
        standing: how good both are.
        """
        each: dict[str, np.ndarray] = {}
        alike = standing is not None and standing.alike
        of_all = [SEEDS_ALONE if alike else ""] if judged else [UNJUDGED]
        if judged:
            each |= contradictions(certain, judged)
        each[BEYOND] = measured.beyond(goal, certain)
        each[UNKNOWN] = certain.novelty >= 100
        if goal.output is None:
            says = goal.reached((judged or certain).predicted)
            words = NO_BETTER if judged else NO_BETTER_UNJUDGED
            each[words] = says <= goal.reached(start_measured)  # NaN is never less
        if standing:
            of_all += [standing.behind_judge, standing.badly_weighed(goal)]
        return cls(each, [*filter(None, of_all)], judged is not None)

    @property
    def texts(self) -> list[str]:
        """The note of each design."""
        words = [*self.each]
        of_each = np.array([*self.each.values()]).T
        return [
            "; ".join([*self.of_all, *(words[i] for i in np.flatnonzero(row))]) for row in of_each
        ]

    def messages(self, judge: str | None) -> Iterator[str]:
        """What to know of all of them. judge: the model that judged, in words."""
        counts = {words: int(rows.sum()) for words, rows in self.each.items()}
        count = len(next(iter(self.each.values())))
        if not self.judged:
            yield ("no second model judges these designs: their intervals are no promise")
        elif contradicted := counts[LESS] + counts[MORE]:
            yield f"the judge {judge} contradicts {contradicted} of {count} designs"
        yield from (text for text in self.of_all if text != UNJUDGED)
        if beyond := counts[BEYOND]:
            which = f"all {count}" if beyond == count else f"{beyond} of {count}"
            yield (
                f"{which} designs are predicted beyond all that was measured: models add up there "
                "what an assay may not, and nothing is promised"
            )
        for words in (NO_BETTER, NO_BETTER_UNJUDGED):
            if no_better := counts.get(words):
                yield f"{no_better} of {count} designs: {words}"
        if unknown := counts[UNKNOWN]:
            yield (
                f"{unknown} of {count} designs are more novel than all held-out rows: "
                "their intervals are no promise"
            )


def contradictions(certain: Certain, judged: Certain) -> dict[str, np.ndarray]:
    """Where the judge's prediction lies outside the interval of the model that searched."""
    below = above = np.zeros(len(certain.predicted), bool)
    if certain.lower is not None and certain.upper is not None:
        below = np.asarray((judged.predicted < certain.lower).any(axis=1))
        above = np.asarray((judged.predicted > certain.upper).any(axis=1))
    return {LESS: below, MORE: above & ~below}
