"""What every question has: a section of the config, and what the workflow must know of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from seq2score.sequences import sources
from seq2score.settings.fields import (
    ABSENT,
    Allowed,
    Column,
    Count,
    Distinct,
    File,
    Genome,
    Parts,
    PastEnd,
    Section,
)
from seq2score.settings.messages import Problem

if TYPE_CHECKING:
    from seq2score.settings.config import Config


class Question(Section):
    """What is asked of trained models, by one section of the config.

    Each question says here what its files are, what can be refused before a training, and what is
    made of it.

    Attributes
    ----------
    key
        Of the section.
    named
        Whether the section holds questions by name, or is one itself.
    """

    key: ClassVar[str]
    named: ClassVar[bool] = True

    datasets: Annotated[
        list[str], Field(min_length=1), Distinct, Allowed("a list of dataset names, none twice")
    ] = ABSENT
    """Names of the datasets whose models are asked, where those of others could not take it, being
    of another length, say. All of them when left out."""

    models: Annotated[
        list[str], Field(min_length=1), Distinct, Allowed("a list of model names, none twice")
    ] = ABSENT
    """Names of the models that are asked, as under `models`. All of a dataset when left out."""

    @classmethod
    def annotation(cls) -> Any:
        """What a section of it is checked by."""
        return cls

    def is_for(self, dataset: str) -> bool:
        """Whether it is one for the models of a dataset, by its name in the config."""
        return self.datasets is None or dataset in self.datasets

    def asks(self, model: str) -> bool:
        """Whether it is one for a model, by the name of its results (`cnn~best` of a sweep)."""
        return self.models is None or model.partition("~")[0] in self.models

    def plain(self) -> dict[str, Any]:
        """The question without the names of those it is for, which are no part of the answer."""
        return self.model_dump(exclude={"datasets", "models"})

    def files(self) -> dict[tuple, str]:
        """The user's files that it names, by the keys within the section."""
        return {}

    def problems(self, config: "Config") -> Iterator[Problem]:
        """What is wrong with it, by the keys within the section."""
        return iter(())

    def inside(self, config: "Config") -> Iterator[Problem]:
        """What is wrong with its files, as far as their beginnings tell."""
        return iter(())

    def preflight(self, alone: bool) -> dict[str, dict[str, Any]]:
        """What the sequences of a dataset must give, by keys within it (see `splits.preflight`).

        Parameters
        ----------
        alone
            Whether no other dataset is asked. Of several, some may be unable to answer.
        """
        return {}

    @property
    def lacks_adapters(self) -> bool:
        """Whether it is about sequences that are not whole oligos, where the dataset's are."""
        return False

    def packages(self) -> dict[str, Problem]:
        """Modules beside the project's own that it needs, and what is said where one is not."""
        return {}

    def results(self, name: str) -> list[str]:
        """The files that it makes in the folder of each model."""
        raise NotImplementedError


class NewSequences(Section):
    """A file of sequences that the library does not hold."""

    path: Annotated[str, File(*sources.TABLES, "fasta", "bed")]
    """The file of sequences, or of regions of `genome`."""
    genome: Genome | None = None
    """With regions of a genome, its FASTA file, plain or packed by bgzip; without an index beside
    it, one is made for the job."""
    window: Count | None = None
    """With regions, the letters around the middle of each to take instead of the region; around the
    summit of a narrowPeak that has one."""
    past_end: PastEnd = "error"
    """What to do about letters past a chromosome's end, refuse the row or fill up with N."""
    sequence: Column = "sequence"
    """In a table, the column of sequences."""
    id: Column | None = None
    """In a table, the column of ids. Without it, sequences are numbered by row."""
    format: Literal["tsv", "parquet"] = "tsv"
    """What the predictions are written as. `parquet` suits millions of sequences."""
    parts: Parts = 1
    """Jobs to spread the predictions over, for millions of sequences. The result is the same to the
    byte. They share pieces of 65,536 sequences, so that more jobs than pieces gain nothing."""

    def files(self) -> dict[tuple, str]:
        """The files that it names, by key."""
        named = {("path",): self.path, ("genome",): self.genome}
        return {key: file for key, file in named.items() if file}

    def at_hand(self) -> bool:
        """Whether the file can be looked into before a run, without a genome."""
        from pathlib import Path

        return sources.kind_of(self.path).needs != "genome" and Path(self.path).is_file()


def wrong_source(section: Any, needs_scores: bool = True) -> Iterator[Problem]:
    """A file of sequences without the file that its kind depends on, or with another kind's.

    Parameters
    ----------
    section
        With `path`, and `scores` and `genome` as far as it knows them.
    needs_scores
        Whether sequences without scores are of no use to it.

    Yields
    ------
    Problem
        By the keys within the section.
    """
    kind = sources.kind_of(section.path)
    meanings = {
        "scores": "a table of ids and scores",
        "genome": "the genome that its regions lie in",
    }
    for key, meaning in meanings.items():
        given = getattr(section, key, None)
        needed = kind.needs == key and (needs_scores or key != "scores")
        if needed and given is None:
            yield Problem((key,), f"missing. {kind.what.capitalize()} needs {meaning}.")
        if not needed and given is not None:
            takers = " or ".join(k.what for k in sources.KINDS.values() if k.needs == key)
            yield Problem((key,), f"{kind.what} has no use for it; only {takers} has.")
