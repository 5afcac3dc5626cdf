"""Datasets: where sequences and scores come from, and how they are split."""

from typing import Annotated, Any, Literal

from pydantic import Field, Tag, model_validator

from seq2score.sequences import sources
from seq2score.settings.counts import Counts
from seq2score.settings.fields import (
    ABSENT,
    Allowed,
    AsWritten,
    By,
    Column,
    Columns,
    Count,
    Crop,
    Distinct,
    File,
    Flank,
    Genome,
    Length,
    Number,
    PastEnd,
    Section,
    Seed,
    Share,
    Text,
    Words,
    keys_of,
    number,
)

Motif = Annotated[str, Text(r"^[ACGT]+\Z", "a motif in the letters A, C, G and T")]
Values = Annotated[
    list[Annotated[str | Number | bool, AsWritten]],
    Field(min_length=1),
    Distinct,
    Allowed("a list of values of the column, none twice"),
]
Label = Annotated[Words | None, Allowed("some text")]


# ----------------------------------------------------------------------------------------- sources
class LetterScores(Section):
    """A number for each letter."""

    A: Number
    C: Number
    G: Number
    T: Number


class Synthetic(Section):
    """Sequences made and scored by rule."""

    length: Annotated[int, Field(ge=1, le=10_000)] = 8
    """Length of every sequence, in letters."""
    count: Literal["all"] | Annotated[int, Field(ge=3, le=100_000_000)] = "all"
    """All 4^length sequences, or a number of distinct random ones."""
    letter_scores: Annotated[LetterScores, Allowed("a number for each of A, C, G and T")] = (
        LetterScores(A=20, C=17, G=14, T=11)
    )
    """What each letter counts. A sequence's score is their mean, plus its motifs' effects."""
    motif_effects: Annotated[
        dict[Motif, Number],
        Allowed("motifs in the letters A, C, G and T, and a number for each"),
    ] = {"TAT": 10, "GCG": -10}
    """What each planted motif adds to the score of a sequence that holds it."""
    motif_counting: Literal["presence", "occurrences"] = "presence"
    """Whether a motif's effect is added once a sequence, or once an occurrence (overlapping ones
    too)."""
    noise_sd: Annotated[Number, Field(ge=0)] = 0
    """Standard deviation of the normal noise added to every score."""
    seed: Seed = 17
    """Seed of the random sequences and of the noise."""


class Flanks(Section):
    """Constant letters around every sequence."""

    left: Flank = ""
    """Letters before the insert."""
    right: Flank = ""
    """Letters behind it."""


class Table(Section):
    """Measured sequences."""

    path: Annotated[str, File(*sources.TABLES, "fasta", "bed")]
    """The file. A FASTA file is joined by id with the table named in `scores`; the regions of a
    BED or bedGraph file are read from `genome`."""
    scores: Annotated[str, File(*sources.TABLES)] | None = None
    """With FASTA, the table of ids and scores."""
    genome: Genome | None = None
    """With regions of a genome, its FASTA file, plain or packed by bgzip; without an index beside
    it, one is made for the job."""
    window: Count | None = None
    """With regions, the letters around the middle of each to take instead of the region; around the
    summit of a narrowPeak that has one."""
    past_end: PastEnd = "error"
    """What to do about letters past a chromosome's end, refuse the row or fill up with N."""
    sequence: Column = "sequence"
    """The column of sequences."""
    score: Column | Annotated[Columns, Field(min_length=1)] = "score"
    """The column of scores or classes; a list of columns gives one output each."""
    id: Column | None = None
    """The column of ids. Without it, a column named `id`, or else the rows are numbered."""
    alphabet: Literal["dna", "rna"] = "dna"
    """With `rna`, U is read as T, and logos show U."""
    weight: Column | None = None
    """The column of sample weights, read counts say."""
    replicates: Annotated[
        Columns | dict[Column, Columns],
        Allowed("a list of column names, none twice, or of several scores a list for each"),
    ] = []
    """Score columns of replicates, of which the score is the mean; of several scores, a list for
    each. Their correlation tells the ceiling that noise sets to any model."""
    replicate_weights: bool = False
    """Rows whose replicates agree count more in training: each by the inverse of its noise's
    variance, as all rows together tell it."""
    inputs: Annotated[
        dict[Column, Literal["number", "category", "sequence"]],
        Allowed("column names, and number, category or sequence for each"),
    ] = {}
    """Columns that models see beside the sequence, by name: a `number` (a dose), a `category` (a
    cell line), or a further `sequence` of as many letters (the other arm or allele)."""
    at: Annotated[
        dict[str, str | Number], Allowed("columns of `inputs`, and a value for each")
    ] = {}
    """Values of `inputs` under which sequences are asked that no row of the table stands for:
    variants, designs, attributions. Without one, the median or the most frequent level of the
    train set."""
    score_transform: Literal["none", "log2", "log1p"] = "none"
    """What the model learns in place of the score. `log1p` is log(1 + score). Metrics are told on
    both scales."""
    invalid_rows: Literal["error", "drop"] = "error"
    """Stop at rows that cannot be used, or drop them and list them in `rejected.tsv`."""
    duplicates: Literal["keep", "mean", "error"] = "keep"
    """What to do about several rows with the same sequence: `mean` makes them one, with the mean
    score (weighted, where there are weights)."""
    length: Length = "equal"
    """What to do about sequences of different lengths: refuse them, pad the short ones with N at
    one side or both, or crop all to their first letters."""
    label: Label = None
    """What figures call the score, where that is not the name of its column."""
    unit: Label = None
    """The unit of the score (of all of them), which figures put in brackets behind it."""
    flanks: Flanks = Flanks()
    """Constant letters around every sequence in its construct. The table holds inserts, models see
    constructs, and the reverse complement turns the insert alone."""
    adapters: Literal["keep"] | None = None
    """What to do about letters with which nearly all sequences begin or end, where `flanks` says
    nothing of them. Left out, variants and regions of a genome and designs are refused, which lack
    them. With `keep` windows of a genome are asked about as they stand, and designs keep these
    letters."""

    @model_validator(mode="before")
    @classmethod
    def _with_numbers(cls, value: Any) -> Any:
        """With numbers for inputs that are numbers, however they are written."""
        at, inputs = (keys_of(keys_of(value).get(key)) for key in ("at", "inputs"))
        if not at or not isinstance(value, dict):
            return value
        read = {k: number(v) if inputs.get(k) == "number" else v for k, v in at.items()}
        return {**value, "at": read}

    @property
    def outputs(self) -> dict[str, str]:
        """The scores in our tables, each with its column here: a single one is `score`."""
        columns = self.score if isinstance(self.score, list) else [self.score]
        return {name: name for name in columns} if len(columns) > 1 else {"score": columns[0]}

    @property
    def replicates_of(self) -> dict[str, list[str]]:
        """The columns of replicates of each score, as far as the config tells them apart."""
        if isinstance(self.replicates, dict):
            return self.replicates
        return {"score": self.replicates} if len(self.outputs) == 1 else {}

    @property
    def all_replicates(self) -> list[str]:
        """The columns of replicates of all scores."""
        if isinstance(self.replicates, dict):
            return [*dict.fromkeys(name for names in self.replicates.values() for name in names)]
        return self.replicates

    @property
    def labels(self) -> dict[str, str]:
        """What figures call each score of our tables."""
        columns, unit = self.outputs, f" ({self.unit})" if self.unit else ""
        if len(columns) == 1 and self.label:
            columns = {"score": self.label}
        return {name: f"{column}{unit}" for name, column in columns.items()}


class Contrast(Section):
    """A difference between scores: `high` less the mean of `low`, or `after` less `before`."""

    high: Column | None = None
    """The score that is to be high."""
    low: Annotated[Columns, Field(min_length=1)] | None = None
    """The scores that are to be low."""
    before: Column | None = None
    """The score before a change."""
    after: Column | None = None
    """The score after it."""

    @property
    def sides(self) -> tuple[str, list[str]]:
        """The score that counts for, and those that count against."""
        return str(self.high or self.after), self.low or [str(self.before)]

    @property
    def weights(self) -> dict[str, float]:
        """What each score counts."""
        high, low = self.sides
        return {high: 1.0, **{name: -1 / len(low) for name in low}}


# ------------------------------------------------------------------------------------------ splits
class AnySplit(Section):
    """How train, validation and test set are told apart."""

    method: str
    """By chance, by a column of yours, by whole groups, or by clusters of similar sequences."""
    validation_fraction: Share = 0.2
    """Share of what the test set leaves that becomes the validation set."""
    calibration_fraction: Annotated[Number, Field(ge=0, lt=1)] = 0
    """Share of what test and validation set leave that is kept from training, to base the
    intervals of predictions on. 0 bases them on the validation set."""
    seed: Seed = 17
    """Seed of the split. It does not depend on the order of the rows."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cross-validation: the dataset becomes `NAME.fold1` and so on, each with another part as test
    set."""


class Fractions(AnySplit):
    """Sets by their share of all sequences."""

    test_fraction: Share = 0.2
    """Share of all sequences that becomes the test set."""


class RandomSplit(Fractions):
    """By chance."""

    method: Literal["random"] = "random"
    stratify: bool = False
    """Give each part the same share of every class, or of every score quantile."""


class ColumnSplit(AnySplit):
    """By a column that says which set a row belongs to."""

    method: Literal["column"]
    column: Column
    """The column that says which set a row belongs to."""
    train: Values = ABSENT
    """Values of the column that mean train."""
    validation: Values = ABSENT
    """Values that mean validation. Without it, `validation_fraction` of the train rows."""
    test: Values = ABSENT
    """Values that mean test."""
    leaks: Literal["error", "drop_from_train", "allow"] = "error"
    """What to do about sequences that stand both in train and in test."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cross-validation by the column: each of its values is the test set of one fold. The number
    of values."""

    @property
    def parts(self) -> dict[str, list]:
        """The values that mean each part, of those that are named."""
        named = {part: getattr(self, part) for part in ("train", "validation", "test")}
        return {part: values for part, values in named.items() if values is not None}


class GroupSplit(Fractions):
    """By whole groups."""

    method: Literal["group"]
    column: Column
    """The column of groups (genes, chromosomes, backgrounds) that stay whole."""


class SimilaritySplit(Fractions):
    """By clusters of similar sequences."""

    method: Literal["similarity"]
    identity: Annotated[Number, Field(gt=0, le=1)] = 0.8
    """Sequences at least this identical stay together."""


Split = Annotated[
    Annotated[RandomSplit, Tag("random")]
    | Annotated[ColumnSplit, Tag("column")]
    | Annotated[GroupSplit, Tag("group")]
    | Annotated[SimilaritySplit, Tag("similarity")],
    By("method", "random"),
]


# ---------------------------------------------------------------------------------------- datasets
class DatasetSection(Section):
    """A dataset as the config has it."""

    synthetic: Synthetic = ABSENT
    """Sequences made and scored by rule. Either this, `table` or `counts`."""
    table: Table = ABSENT
    """Your own measured sequences. Either this, `synthetic` or `counts`."""
    counts: Counts = ABSENT
    """Barcode counts, of which scores are made. Either this, `synthetic` or `table`."""
    task: Literal["regression", "classification"] = "regression"
    """Predict a number, or a class."""
    reverse_complement: Literal["none", "augment", "average"] = "none"
    """`augment` trains on both strands, `average` also averages the predictions for both. Right
    only where the strand does not matter to the score."""
    split: Split = RandomSplit()
    """How train, validation and test set are told apart."""
    models: Annotated[
        list[str], Field(min_length=1), Distinct, Allowed("a list of model names, none twice")
    ] = ABSENT
    """Names of the models to train on this dataset. All of them when left out."""

    @property
    def rows(self) -> Table:
        """The table, or that which is made of counts; of a synthetic set, one of defaults, for its
        rows need nothing else."""
        return self.table or self.measured("activity.tsv") or SYNTHETIC_ROWS

    def measured(self, path: str) -> Table | None:
        """The table of activities that is made of counts, at a path; None without counts."""
        if (counts := self.counts) is None:
            return None
        of_classes = self.task == "classification"
        outputs = list(counts.conditions) or ["activity"]
        adapters = counts.adapters
        flanks = adapters.model_dump(include={"left", "right"}) if adapters else {}
        return Table(
            path=path,
            id="oligo_name",
            score="active" if of_classes else outputs if len(outputs) > 1 else outputs[0],
            replicates=[] if of_classes else [f"activity_{r}" for r in counts.all_replicates()],
            weight="weight" if counts.weights else None,
            label=None if len(outputs) > 1 or of_classes else "activity, log2(RNA/DNA)",
            flanks=Flanks(**flanks) if adapters and adapters.keep_as_flanks else Flanks(),
            alphabet=counts.alphabet,
            duplicates=counts.duplicates,
            length=counts.length,
        )

    @property
    def length(self) -> int | None:
        """Letters of its sequences, as far as the config says."""
        if self.synthetic:
            return self.synthetic.length
        changed = self.rows.length
        return changed.crop if isinstance(changed, Crop) else None


SYNTHETIC_ROWS = Table(path="sequences.parquet")
