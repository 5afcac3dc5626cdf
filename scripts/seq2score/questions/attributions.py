"""What each letter contributes to predictions, and what follows from it."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from seq2score.attributions import NOT_INSTALLED, no_patterns
from seq2score.questions.question import NewSequences, Question, wrong_source
from seq2score.sequences import sources
from seq2score.settings.families import ALL_METHODS, CustomFamily
from seq2score.settings.fields import Allowed, Count, File, Ids, Parts, Seed, Words
from seq2score.settings.messages import Problem


class Attributions(Question):
    """What each letter contributes to predictions, and the words, motifs and syntax that follow
    from it. Nothing of it is made when left out."""

    key: ClassVar = "attributions"
    named: ClassVar = False

    method: Literal[ALL_METHODS] | None = None  # type: ignore[valid-type]
    """How contributions are computed. When left out, what does best for the architecture
    (docs/attributions.md)."""
    sequences: Annotated[
        Literal["test", "all"]
        | Ids
        | Annotated[str, File(*sources.TABLES, "fasta")]
        | NewSequences,
        Allowed(
            "test, all, a list of ids, the path of a file of sequences, or path and further keys "
            "as under `predict`"
        ),
    ] = "test"
    """The sequences: `test` are those that no model was trained on; ids are of any part; a file
    holds other ones."""
    output: Words | None = None
    """The score or class whose predictions are explained. The first one when left out."""
    patterns: bool = False
    """Also find motifs by TF-MoDISco, for sequences of 40 letters and more. It has to be installed
    (docs/attributions.md)."""
    references: Count = 20
    """Dinucleotide shuffles of each sequence that its prediction is compared with."""
    seed: Seed = 17
    """Seed of the shuffles, and of all other chance in this section."""
    parts: Parts = 1
    """Jobs to spread the contributions over, for many sequences or a slow method. The result is the
    same to the byte. They share pieces of 65,536 letters."""

    @property
    def new(self) -> NewSequences | None:
        """The file of sequences to explain, if it is one."""
        if isinstance(self.sequences, str) and self.sequences not in ("test", "all"):
            return NewSequences(path=self.sequences)
        return self.sequences if isinstance(self.sequences, NewSequences) else None

    def plain(self) -> dict[str, Any]:
        """The question, a file of sequences as a `predict` section."""
        return super().plain() | ({"sequences": self.new.plain()} if self.new else {})

    def request(self) -> dict[str, Any]:
        """What contributions depend on, however many jobs share them."""
        return {key: value for key, value in self.plain().items() if key != "parts"}

    def files(self) -> dict[tuple, str]:
        """The sequences, and the genome that they lie in."""
        return (
            {("sequences", *key): file for key, file in self.new.files().items()}
            if self.new
            else {}
        )

    def problems(self, config: Any) -> Iterator[Problem]:
        """A file, a length or an architecture that this cannot be asked of."""
        for problem in wrong_source(self.new, needs_scores=False) if self.new else ():
            yield Problem(("sequences", *problem.path), problem.text)
        for name, dataset in config.datasets.items() if self.patterns else ():
            length = dataset.synthetic and dataset.synthetic.length
            if self.is_for(name) and length and (reason := no_patterns(length)):
                yield Problem(("patterns",), f"datasets.{name}: {reason}")
        for name, dataset in config.datasets.items() if self.output else ():
            outputs = [*dataset.rows.outputs]
            if self.is_for(name) and dataset.task == "regression" and self.output not in outputs:
                text = f"datasets.{name} has no score {self.output}. Allowed: {', '.join(outputs)}."
                yield Problem(("output",), text)
        for name, model in config.models.items():
            if isinstance(model, CustomFamily) or not self.asks(name):
                continue  # what a class of the user's can have shows when it is tried
            if self.method and self.method not in model.methods:
                yield Problem(
                    ("method",),
                    f"{self.method} is not for {model.architecture}, which models.{name} is. "
                    f"Allowed for it: {', '.join(model.methods)}.",
                )

    @property
    def lacks_adapters(self) -> bool:
        """Regions of a genome end where they end."""
        return bool(self.new and self.new.genome)

    def preflight(self, alone: bool) -> dict[str, dict[str, Any]]:
        """Ids of the dataset, or some sequence that its models can take; a class that it has."""
        requests: dict[str, dict[str, Any]] = {}
        if self.output is not None:
            requests["classes"] = {"output": self.output}
        if isinstance(self.sequences, list):
            requests["ids"] = {"sequences": self.sequences}
        if alone and self.new and self.new.at_hand():
            requests["new"] = {"sequences": self.new.plain()}
        return requests

    def packages(self) -> dict[str, Problem]:
        """TF-MoDISco, where patterns are asked for."""
        problem = Problem(("patterns",), NOT_INSTALLED)
        return {"modiscolite": problem} if self.patterns else {}

    def results(self, name: str) -> list[str]:
        """Figures, findings and residuals; patterns where they are asked for."""
        shown = ["tracks.png", "findings.tsv", "residuals.tsv"]
        return [f"attributions/{file}" for file in [*shown, *["patterns.png"] * self.patterns]]
