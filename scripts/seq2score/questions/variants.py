"""Variants to score: what each changes in the prediction."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

from pydantic import Tag, model_validator

from seq2score.questions.question import Question
from seq2score.sequences import sources
from seq2score.settings.fields import (
    By,
    Column,
    File,
    Genome,
    Ids,
    Natural,
    Parts,
    PastEnd,
    keys_of,
)
from seq2score.settings.messages import Problem

Path = Annotated[str, File(*sources.TABLES, "vcf")]
EDIT = ("position", "ref", "alt", "edit")


class Variants(Question):
    """Variants to score, by a name that their tables of effects get: what each changes in the
    prediction."""

    key: ClassVar = "variants"

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, value: Any) -> Any:
        """Without keys of other ways that are null, as they are where nothing is said."""
        if not isinstance(value, dict):
            return value
        return {k: v for k, v in value.items() if v is not None or k in cls.model_fields}

    @classmethod
    def annotation(cls) -> Any:
        """One of the ways to say what changes."""
        return AnyVariants

    genome: Genome | None = None
    """With regions of a genome, its FASTA file, plain or packed by bgzip; without an index beside
    it, one is made for the job."""
    offset: Natural | None = None
    """Letters of the window before the variant. Half of the model's input length when left out."""
    past_end: PastEnd = "error"
    """What to do about letters past a chromosome's end, refuse the row or fill up with N."""
    strand: Column | None = None
    """`+`, `-`, `both` (the mean over both strands), or the column that says so."""
    sequence: Column = "sequence"
    """In a table of named sequences, the column of sequences."""
    id: Column | None = None
    """The column of ids. Without it, a column named `id`, or else they are made up."""
    invalid_rows: Literal["error", "drop"] = "error"
    """Stop at variants that cannot be scored, or drop them. `NAME.rejected.tsv` lists them."""
    format: Literal["tsv", "parquet", "vcf"] = "tsv"
    """What effects are written as. `vcf` is the VCF file with INFO fields added."""
    parts: Parts = 1
    """Jobs to spread the scoring over. The result is the same to the byte."""

    def plain(self) -> dict[str, Any]:
        """The question, with the keys of other ways to ask it as null."""
        return dict.fromkeys(KEYS) | super().plain()

    def checked(self) -> dict[str, Any]:
        """What decides which variants can be scored, apart from how effects are written."""
        return {key: value for key, value in self.plain().items() if key not in ("format", "parts")}

    def files(self) -> dict[tuple, str]:
        """Of variants, sequences, regions, and the genome."""
        named = {key: getattr(self, key, None) for key in FILES}
        return {(key,): file for key, file in named.items() if isinstance(file, str)}

    def problems(self, config: Any) -> Iterator[Problem]:
        """A format that only VCF can have; an edit said twice."""
        if self.format == "vcf" and not isinstance(self, Calls):
            yield Problem(("format",), "vcf is for variants that come from VCF.")
        if getattr(self, "edit", None):
            for key in [key for key in EDIT[:3] if getattr(self, key)][:1]:
                yield Problem((key,), "edit says it already.")

    @property
    def lacks_adapters(self) -> bool:
        """Windows of a genome end where they end."""
        return self.genome is not None

    def results(self, name: str) -> list[str]:
        """A table of effects, and a figure."""
        return [f"variants/{name}.{self.format}", f"variants/{name}.png"]


class FromFile(Variants):
    """Variants that a file tells."""

    path: Path
    """The file of variants. VCF and BCF need `genome`; a table says in columns what each variant
    is, in one of the ways below."""
    measured: Column | None = None
    """The column (in VCF, the INFO key) of measured effects to compare with."""


class Calls(FromFile):
    """VCF or BCF."""

    genome: Genome


class Pairs(FromFile):
    """Whole sequences."""

    reference: Column
    """Whole sequences. The column of sequences without the variant."""
    alternative: Column
    """The column of sequences with it."""


class PairsById(FromFile):
    """Pairs of the test set."""

    reference_id: Column
    """Pairs of the test set. The column of ids of sequences without the variant. The difference of
    the two scores is the measured effect, unless `measured` names another one."""
    alternative_id: Column
    """The column of ids of sequences with it."""


class Edits(FromFile):
    """Edits, by their columns."""

    position: Column | None = None
    """The column of positions, which count from 1."""
    ref: Column | None = None
    """The column of letters that stand there."""
    alt: Column | None = None
    """The column of letters that take their place."""
    edit: Column | None = None
    """One column instead of these three, with edits such as A123G or 123A>G."""


class OfSequences(Edits):
    """Edits of named sequences."""

    sequence_id: Column | None = None
    """Edits of named sequences. The column that names the sequence; its name is `sequence_id` where
    nothing is said."""
    sequences: Annotated[str, File(*sources.TABLES, "fasta")] | None = None
    """The file of named sequences, with a column `id`. Without it, the dataset's own."""


class OfGenome(Edits):
    """Edits of a genome."""

    genome: Genome
    chromosome: Column | None = None
    """Edits of a genome. The column that names the chromosome."""


class Saturation(Variants):
    """Every single-letter change of sequences or regions."""

    saturate: Annotated[str, File("bed")] | Ids
    """Every single-letter change of regions of `genome`, or of the dataset's sequences with these
    ids."""

    def problems(self, config: Any) -> Iterator[Problem]:
        """Also regions without a genome."""
        yield from super().problems(config)
        if isinstance(self.saturate, str) and not self.genome:
            yield Problem(("genome",), "missing. saturate needs it.")

    def results(self, name: str) -> list[str]:
        """Also a figure of every change."""
        return [*super().results(name), f"variants/{name}.saturation.png"]


# The ways to say what changes, each with the keys that tell it from the others.
WAYS: dict[str, tuple[type[Variants], tuple[str, ...]]] = {
    "saturate": (Saturation, ("saturate",)),
    "vcf": (Calls, ("path",)),
    "reference": (Pairs, ("reference", "alternative")),
    "reference_id": (PairsById, ("reference_id", "alternative_id")),
    "genome": (OfGenome, ("chromosome",)),
    "sequences": (OfSequences, ("sequence_id", "sequences")),
}
KEYS = [
    *dict.fromkeys(
        k for cls, _ in WAYS.values() for k in cls.model_fields if k not in Question.model_fields
    )
]
FILES = ("path", "genome", "sequences", "saturate")


class ByWay(By):
    """How variants are given, by the keys that are there."""

    def tag(self, value: Any) -> str:
        """The first way that a key belongs to."""
        given = {key for key, item in keys_of(value).items() if item is not None}
        path = keys_of(value).get("path")
        is_vcf = isinstance(path, str) and sources.kind_of(path) is sources.KINDS["vcf"]
        for way, (_, keys) in WAYS.items():
            if is_vcf if way == "vcf" else any(key in given for key in keys):
                return way
        return "genome" if "genome" in given else "sequences"

    def _used(self, value: Mapping) -> str | None:
        """The key that says which way it is."""
        return next((k for k in WAYS[self.tag(value)][1] if value.get(k) is not None), None)

    def when(self, tag: str) -> str:
        """The key that says that it is this way."""
        return f", with `{WAYS[tag][1][0]}`" if tag != "vcf" else ", with `path` to VCF or BCF"

    def unknown(self, key: str, ways: list[str], value: Mapping) -> str:
        """A key of another way."""
        used = self._used(value)
        if any(key in keys for _, keys in WAYS.values()):
            return f"{key} beside {used}: they say in different ways what changes. Choose one."
        return f"{used} has no use for it."

    def missing(self, key: str, allowed: str, value: Mapping) -> str:
        """A key that another one needs."""
        used = self._used(value)
        if used == "path":
            return "missing. VCF gives places in a genome."
        return (
            f"missing. {used} needs it."
            if used
            else "missing. "
            + (
                "Allowed: a file of variants, or saturate."
                if key == "path"
                else f"Allowed: {allowed}."
            )
        )


if TYPE_CHECKING:
    AnyVariants = Variants
else:
    AnyVariants = Annotated[
        Union[tuple(Annotated[cls, Tag(way)] for way, (cls, _) in WAYS.items())],
        ByWay("way", "sequences"),
    ]
