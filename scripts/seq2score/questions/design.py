"""Sequences to order next."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator

from seq2score.design import enzymes
from seq2score.design.goals import fits
from seq2score.questions.question import NewSequences, Question
from seq2score.settings.fields import (
    Allowed,
    Count,
    Distinct,
    Ids,
    Natural,
    Number,
    Section,
    Seed,
    Text,
    Words,
    number,
)
from seq2score.settings.messages import Problem, unknown

Letters = Annotated[str, Field(pattern=r"^[ACGTUacgtu]*$")]
Ends = Annotated[
    Annotated[list[Annotated[Number, Field(ge=0, le=1)]], Field(min_length=2, max_length=2)] | None,
    Allowed("[lowest, highest], both from 0 to 1"),
]


class Surroundings(Section):
    """Letters that stand around designs."""

    left: Letters = ""
    """Letters before the design."""
    right: Letters = ""
    """Letters behind it."""


class Window(Section):
    """Shares of G and C in every window."""

    width: Count
    """Letters of a window."""
    range: Ends
    """Lowest and highest share."""


class Design(Question):
    """Sequences to order next, by a name that their tables get: what each model, as far as it can
    be trusted, predicts to be best under your constraints."""

    key: ClassVar = "design"

    start: Annotated[
        Annotated[
            str,
            Field(
                pattern=r"(?i)^(random|best|[^{}]*\.((csv|tsv|txt|tab|fasta|fa|fna)(\.gz)?|parquet))$"
            ),
        ]
        | Ids,
        Allowed("random | best | a list of ids | the path of a FASTA file or a table"),
    ] = "random"
    """What the search begins with: random sequences, the best of the table, sequences of the table
    by id, or those of a file."""
    count: Annotated[int, Field(ge=1, le=100_000)] = 20
    """How many designs."""
    objective: Annotated[
        Literal["maximize", "minimize"] | Annotated[dict[str, Number | str], Field(min_length=1)],
        Allowed("maximize | minimize | {target: a number} | {score: weight, ...} | {class: name}"),
    ] = "maximize"
    """What to reach. Of several scores, a weight each: high ones above 0, low ones below. Of
    classes, `{class: NAME}`."""
    pessimistic: bool = True
    """Go by the worse end of the interval of `intervals.level`, not by the prediction itself."""
    trust: Annotated[Number, Field(ge=0, le=100)] = 99
    """Highest novelty that a design may have, as a percentile of held-out sequences. 100 trusts the
    model everywhere."""
    judge: str | None = None
    """A model of the dataset that never sees the search and says what it thinks of the designs;
    their intervals hold also what its intervals hold. Left out: another model of the dataset,
    rather not a linear one; of a dataset with one model, the half of its seeds that has no part in
    the search."""
    below_floor: bool = False
    """Make designs also of a model that does not beat its floors, the simple regressions that it
    stands beside. Left out, such a model has none."""
    template: Annotated[
        Annotated[str, Text(r"^[ACGTURYSWKMBDHVNacgturyswkmbdhvn]+$", "IUPAC letters")] | None,
        Allowed("IUPAC letters"),
    ] = None
    """Letters that designs must have, one a position, N for any."""
    flanks: Surroundings | None = None
    """Letters around the designs that sites and runs must not reach into. Left out: those of the
    dataset's `table.flanks`."""
    protect: Annotated[
        list[Annotated[list[Count], Field(min_length=2, max_length=2)]],
        Allowed("a list of [first, last]"),
    ] = []
    """Ranges of positions, counted from 1, that stay as in the start."""
    edits: Count | None = None
    """Most positions that may differ from the start."""
    gc: Ends = None
    """Lowest and highest share of G and C."""
    gc_window: Window | None = None
    """The same in every window of so many letters."""
    avoid: Annotated[list[Words], Distinct] = []
    """Restriction enzymes by name, and words of IUPAC letters, whose sites no design has, on
    neither strand nor across the joints to the flanks."""
    max_homopolymer: Count | None = None
    """Longest run of one letter."""
    max_repeat: Count | None = None
    """Longest word that may occur twice in a design."""
    distance: Count = 1
    """Positions in which each two designs differ at least."""
    distance_from_training: Natural = 0
    """Positions in which designs differ from every training sequence at least."""
    method: Literal["auto", "exhaustive", "greedy", "evolutionary", "gradient"] = "auto"
    """How to search. `auto` looks at every sequence where there are few, else follows slopes, and
    evolves a population where a model has none."""
    seed: Seed = 17
    """Seed of the search. The same one gives the same designs."""

    @field_validator("objective", mode="before")
    @classmethod
    def _with_numbers(cls, value: Any) -> Any:
        """With numbers for all but the name of a class, however they are written."""
        if not isinstance(value, dict):
            return value
        return {key: item if key == "class" else number(item) for key, item in value.items()}

    @property
    def start_file(self) -> str | None:
        """The file of sequences that the search begins with, if it is one."""
        if isinstance(self.start, list) or self.start in ("random", "best"):
            return None
        return self.start

    def files(self) -> dict[tuple, str]:
        """The sequences that the search begins with."""
        return {("start",): self.start_file} if self.start_file else {}

    def problems(self, config: Any) -> Iterator[Problem]:
        """Designs that nobody could search for, whatever the models say."""
        for key in ("edits", "protect"):
            if getattr(self, key) and self.start == "random":
                yield Problem((key,), "means nothing with random starts. Give another `start`.")
            if getattr(self, key) and self.method == "exhaustive":
                text = f"exhaustive knows no starts, and so no `{key}`. Leave it out."
                yield Problem(("method",), text)
        for first, last in self.protect:
            if first > last:
                yield Problem(("protect",), f"[{first}, {last}] ends before it begins.")
        window = self.gc_window and self.gc_window.range
        for key, ends in (("gc", self.gc), ("gc_window", window)):
            if ends and ends[0] > ends[1]:
                text = f"the lowest share, {ends[0]}, is above the highest one."
                yield Problem((key,), text)
        for word in self.avoid:
            try:
                enzymes.site_of(word)
            except KeyError:
                text = f"{word} is no enzyme that we know and no word of IUPAC letters. "
                near = unknown(word, enzymes.sites()).removeprefix("unknown. ")
                yield Problem(("avoid",), text + near)
        if self.judge is not None and self.judge not in config.models:
            near = unknown(self.judge, config.models).removeprefix("unknown. ")
            yield Problem(("judge",), f"{self.judge} is none of `models`. {near}")
        for name, dataset in config.datasets.items():
            for key, text in self._unfit_for(dataset) if self.is_for(name) else ():
                yield Problem((key,), f"datasets.{name}: {text}")

    def _unfit_for(self, dataset: Any) -> Iterator[tuple[str, str]]:
        """What designs for this dataset cannot have: keys, and why."""
        of_classes = dataset.task == "classification"
        if self.judge is not None and dataset.models == [self.judge]:
            yield "judge", f"{self.judge} is its only model, and cannot judge itself. Leave it out."
        if problem := fits(self.objective, [] if of_classes else [*dataset.rows.outputs]):
            yield "objective", problem
        length = dataset.length
        if length is None:
            return  # only the table knows
        if self.template and len(self.template) != length:
            text = f"has {len(self.template)} letters, and its sequences have {length}."
            yield "template", text
        for first, last in self.protect:
            if last > length:
                yield "protect", f"[{first}, {last}] is no range of 1 to {length}."

    @property
    def lacks_adapters(self) -> bool:
        """Designs may have any letters."""
        return True

    def preflight(self, alone: bool) -> dict[str, dict[str, Any]]:
        """Sequences to start with, a template as long as those of the dataset, and the rest."""
        named = self.objective.get("class") if isinstance(self.objective, dict) else None
        starts = NewSequences(path=self.start_file) if self.start_file else None
        return {
            "ids": {"start": self.start} if isinstance(self.start, list) else {},
            "starts": {"start": starts.plain()} if starts and starts.at_hand() else {},
            "templates": {"template": self.template} if self.template else {},
            "classes": {"objective": named} if isinstance(named, str) else {},
            "designs": {"": self.plain()},
        }

    def results(self, name: str) -> list[str]:
        """A table of designs; figure and FASTA come with it."""
        return [f"design/{name}.tsv"]


def roles(
    judge: str | None, model: str, models: Mapping[str, Any], seeds: Sequence[int]
) -> tuple[list[int], str | None, list[int]]:
    """The seeds of a model that search for designs, the model that judges them, and its seeds.

    The judge is the one asked for, or else one that is not linear; where there is one model only,
    the half of its seeds that has no part in the search.

    Parameters
    ----------
    judge
        The model asked for, if there is one.
    model
        That searches.
    models
        Those of the dataset, by name.
    seeds
        Of all models.

    Returns
    -------
    searching : list of int
        Seeds of the model.
    judge : str or None
        None where there is one model only, and one seed.
    judging : list of int
        Seeds of the judge.
    """
    seeds = [*seeds]
    others = [name for name in models if name != model]
    if judge in others:
        return seeds, judge, seeds
    others.sort(key=lambda name: models[name].architecture == "linear")  # stable
    if others:
        return seeds, others[0], seeds
    half = (len(seeds) + 1) // 2
    return seeds[:half], model if seeds[half:] else None, seeds[half:]
