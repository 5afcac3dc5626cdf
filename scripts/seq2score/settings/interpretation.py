"""What is looked for in trained models: filters as motifs, insertions, mutagenesis."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from seq2score.sequences import sources
from seq2score.settings.fields import Allowed, By, Count, Distinct, Number, Section, Text, Words

STANDING = ("best", "worst", "most_wrong")  # sequences to mutate, by what they stand out for
HalfOpen = Annotated[Number, Field(ge=0, lt=1)]
Insert = Annotated[str, Text(r"^[ACGTUN]+\Z", "a word of the letters A, C, G, T, U and N")]


class AnyThreshold(Section):
    """Which activations of a filter count as its sites."""

    method: str
    """`absolute`: above `value`. `fraction`: above that share of the filter's own maximum.
    `basset`: above mean + value x (maximum - mean). `top`: the `value` highest sites."""


class Absolute(AnyThreshold):
    """Activations above a value."""

    method: Literal["absolute"]
    value: Number = 0
    """Lowest activation of a site."""


class Fraction(AnyThreshold):
    """Activations above a share of the filter's maximum."""

    method: Literal["fraction"] = "fraction"
    value: HalfOpen = 0.5
    """Share of the filter's maximum."""


class Basset(AnyThreshold):
    """Activations above a share of the way from mean to maximum."""

    method: Literal["basset"]
    value: HalfOpen = 0.5
    """Share of the way from the mean to the maximum."""


class Top(AnyThreshold):
    """The highest activations."""

    method: Literal["top"]
    value: Count = 100
    """Number of sites."""


Threshold = Annotated[
    Annotated[Absolute, Tag("absolute")]
    | Annotated[Fraction, Tag("fraction")]
    | Annotated[Basset, Tag("basset")]
    | Annotated[Top, Tag("top")],
    By("method", "fraction"),
]


class Jaspar(Section):
    """Which of JASPAR's motifs (CORE collection)."""

    release: Literal["JASPAR2018", "JASPAR2020", "JASPAR2022", "JASPAR2024", "JASPAR2026"] = (
        "JASPAR2026"
    )
    """The database's release."""
    taxa: Annotated[
        list[Literal["vertebrates", "plants", "fungi", "insects", "nematodes", "urochordates"]],
        Distinct,
    ] = []
    """Taxonomic groups. All of them when left empty."""


class Interpretation(Section):
    """How first-layer filters become motifs, and what they are compared with."""

    threshold: Threshold = Fraction()
    """Which activations of a filter count as its sites."""
    sequences: Literal["test", "all"] = "test"
    """Which sequences the filters scan. `test` are those that no model was trained on."""
    sites: Literal["all", "best"] = "all"
    """Every site of a sequence counts, or only its strongest one."""
    pseudocount: Annotated[Number, Field(ge=0)] = 1
    """Sites added to every filter's counts, spread over the letters as the background is."""
    motifs: Annotated[
        str,
        Text(
            r"^(planted|jaspar|[^{}\x00-\x1f]*\.(meme|txt))\Z",
            "planted, jaspar or the path of a MEME file (.meme or .txt)",
        ),
    ] = "planted"
    """Known motifs to compare filters with: those planted in a synthetic set, JASPAR's, or a MEME
    file's."""
    strands: Literal["one", "both"] = "one"
    """Whether a motif also matches as its reverse complement."""
    jaspar: Jaspar = Jaspar()
    """With `motifs` jaspar, which of its motifs (CORE collection)."""
    expected: Annotated[list[Words], Distinct] = []
    """Motifs that filters should find, by their ids in JASPAR or the MEME file; `recovery.tsv`
    tells how many did. Of a synthetic set, the planted ones are meant without naming them."""
    insert: Annotated[list[Insert], Distinct] = []
    """Motifs to insert into random sequences, as words of A, C, G, T (or U) and N for any letter.
    The planted ones of a synthetic set are inserted without naming them."""
    backgrounds: Annotated[int, Field(ge=2, le=1_000_000)] = 2000
    """How many random sequences each motif is inserted into."""
    mutate: Annotated[
        list[Words], Distinct, Allowed("a list of best | worst | most_wrong | ids | FASTA files")
    ] = ["best", "worst", "most_wrong"]
    """Sequences whose every letter is replaced by the others, one at a time: of the test set the
    best and worst prediction and the largest error; by their ids any of the train, validation and
    test set; and all those of a FASTA file, at most 24."""

    @property
    def database(self) -> str | None:
        """The MEME file to compare with, if it is one."""
        return None if self.motifs in ("planted", "jaspar") else self.motifs

    @property
    def files(self) -> list[str]:
        """Of what to mutate, the FASTA files."""
        return [name for name in self.mutate if sources.kind_of(name) is sources.KINDS["fasta"]]

    @property
    def ids(self) -> list[str]:
        """Of what to mutate, the ids of a dataset's sequences."""
        return [name for name in self.mutate if name not in (*STANDING, *self.files)]
