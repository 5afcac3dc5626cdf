"""Counts of barcodes, of which a step makes scores."""

from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from seq2score.counts.header import replicates_of
from seq2score.sequences import sources
from seq2score.settings.fields import (
    ABSENT,
    Allowed,
    AsWritten,
    By,
    Column,
    Count,
    Distinct,
    File,
    Flank,
    Length,
    Name,
    Natural,
    Number,
    Section,
    Share,
    Words,
)

ACTIVITY_COLUMNS = ("oligo_name", "control")  # of the table of activities, beside its outputs
Factor = Annotated[Number, Field(gt=0)]


# ----------------------------------------------------------------------------------------- filters
class AnyFilter(Section):
    """Which barcodes are left out before their counts are summed."""

    method: str
    """None of them; those whose RNA for their DNA is far from that of their oligo, by the median
    absolute deviation (`mad`) or by a factor (`large_expression`); those with few counts in a
    replicate, or with many."""


class NoFilter(AnyFilter):
    """All barcodes stay."""

    method: Literal["none"]


class MadFilter(AnyFilter):
    """By the median absolute deviation."""

    method: Literal["mad"] = "mad"
    times: Factor = 3
    """How many standard deviations of barcodes with as many counts, as their median absolute
    deviation tells it, a barcode may be from the median of its oligo."""


class LargeExpressionFilter(AnyFilter):
    """By a factor."""

    method: Literal["large_expression"]
    times: Factor = 5
    """By how much its log2(RNA/DNA) may be above the median of its oligo."""


class CountFilter(AnyFilter):
    """By counts."""

    rna: Natural | None = None
    """The least RNA count that stays, or the greatest."""
    dna: Natural | None = None
    """The least DNA count that stays, or the greatest."""


class MinCountFilter(CountFilter):
    """Too few counts."""

    method: Literal["min_count"]


class MaxCountFilter(CountFilter):
    """Too many counts."""

    method: Literal["max_count"]


BarcodeFilter = Annotated[
    Annotated[NoFilter, Tag("none")]
    | Annotated[MadFilter, Tag("mad")]
    | Annotated[LargeExpressionFilter, Tag("large_expression")]
    | Annotated[MinCountFilter, Tag("min_count")]
    | Annotated[MaxCountFilter, Tag("max_count")],
    By("method", "mad"),
]


# ------------------------------------------------------------------------------------------ counts
class ControlColumn(Section):
    """Controls by a column of the design or of the labels."""

    column: Column
    value: Annotated[str | Number | bool, AsWritten]


class Adapters(Section):
    """Constant letters at the ends of every oligo of the design."""

    left: Flank = ""
    """Letters before the insert."""
    right: Flank = ""
    """Letters behind it."""
    keep_as_flanks: bool = False
    """Whether models see them again as `flanks` around every insert, or not at all."""


class Condition(Section):
    """Counts of one condition."""

    path: Annotated[str, File("text")]
    """The file of counts, as `path` of one condition alone."""


class Counts(Section):
    """Barcode counts of an experiment, or counts by oligo."""

    path: Annotated[str, File("text")] = ABSENT
    """The counts: barcode, oligo_name, dna_count_1, rna_count_1, ... (IGVF
    reporter_experiment_barcode), or replicate, oligo_name, dna_counts, rna_counts, n_bc (IGVF
    reporter_experiment)."""
    conditions: Annotated[
        dict[Name, Condition], Allowed("names of conditions, and a path of counts for each")
    ] = {}
    """In place of `path`, several files of counts by the name of their condition: one output
    each."""
    design: Annotated[str, File(*sources.TABLES, "fasta")]
    """The oligos: an IGVF reporter_sequence_design, another table with columns `name` and
    `sequence`, or a FASTA file."""
    labels: Annotated[str, File(*sources.TABLES)] | None = None
    """A table of further columns by oligo (`oligo_name` or `name`): groups for a split, say."""
    columns: Annotated[
        dict[str, Column], Allowed("names of ours, and the name of the column of each")
    ] = {}
    """What columns of the counts are called where that is not as above, by our names: {barcode: BC,
    dna_count_1: DNA_a}."""
    replicates: Annotated[
        list[Words], Distinct, Allowed("a list of names of replicates, none twice")
    ] = []
    """Names of the replicates to use, as their columns have them (1 of dna_count_1). Without it,
    all that the file has."""
    dna: Literal["by_replicate", "shared"] = "by_replicate"
    """Whether every replicate has a DNA count, or the column `dna_count` is for all of them."""
    min_barcodes: Count = 10
    """Barcodes that an oligo needs in a replicate, for its activity there to count."""
    barcode_filter: BarcodeFilter = MadFilter()
    """Which barcodes are left out before their counts are summed."""
    pseudocount: Annotated[Number, Field(ge=0)] = 1
    """What is added to the DNA and the RNA count of every oligo in a replicate."""
    controls: Annotated[
        Words | ControlColumn | Annotated[list[Words], Field(min_length=1), Distinct] | None,
        Allowed("a class of the design, {column, value}, or a list of names, none twice"),
    ] = None
    """The negative controls. Without it, oligos of the class `element inactive control`."""
    fdr: Share = 0.05
    """The share of oligos called active that may be no more active than negative controls."""
    adapters: Adapters | None = None
    """Constant letters at the ends of every oligo, to cut off."""
    weights: bool = False
    """Rows that were measured well count more in training: by the inverse square of their standard
    error."""
    invalid_rows: Literal["error", "drop"] = "error"
    """Stop at barcodes that stand twice, are of two oligos or of one that the design lacks; or
    leave them out and list them in `rejected_barcodes.tsv`."""
    alphabet: Literal["dna", "rna"] = "dna"
    """With `rna`, U is read as T, and logos show U."""
    duplicates: Literal["keep", "mean", "error"] = "keep"
    """What to do about several oligos with the same sequence: `mean` makes them one."""
    length: Length = "equal"
    """What to do about oligos of different lengths, as of `table`."""

    def files(self) -> dict[tuple, str]:
        """The user's files that it names, by the keys within the section."""
        named: dict[tuple, str | None] = {
            ("design",): self.design,
            ("labels",): self.labels,
            ("path",): self.path,
        }
        named |= {("conditions", n, "path"): c.path for n, c in self.conditions.items()}
        return {key: file for key, file in named.items() if file}

    def measuring(self) -> dict[str, Any]:
        """What activities depend on, not what is only said of the table of them."""
        return self.model_dump(exclude={"weights", "alphabet", "duplicates", "length"})

    def all_replicates(self) -> list[str]:
        """The replicates of one condition, as far as its file is there; none of several."""
        if self.conditions or not self.path:
            return []
        shared = self.dna == "shared"
        return [*self.replicates] or replicates_of(self.path, self.columns, shared)
