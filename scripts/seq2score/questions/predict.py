"""New sequences to predict."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, ClassVar

from seq2score.errors import InputError
from seq2score.questions.question import NewSequences, Question, wrong_source
from seq2score.sequences import sources
from seq2score.settings.messages import Problem


class Predict(Question, NewSequences):
    """New sequences to predict, by a name that their tables of predictions get."""

    key: ClassVar = "predict"

    def files(self) -> dict[tuple, str]:
        """The sequences, and the genome that they lie in."""
        return NewSequences.files(self)

    def problems(self, config: Any) -> Iterator[Problem]:
        """A kind of file that needs another one, or has no use for it."""
        return wrong_source(self, needs_scores=False)

    def inside(self, config: Any) -> Iterator[Problem]:
        """What is wrong with the beginning of the file."""
        tables = [d.rows for name, d in config.datasets.items() if self.is_for(name)]
        inputs = list(dict.fromkeys(name for table in tables for name in table.inputs))
        if (
            sources.kind_of(self.path).needs != "genome"
            and find_spec("pyarrow")
            and find_spec("dnaio")
        ):
            from seq2score.sequences import new

            try:
                next(new.batches(self.plain(), inputs), None)
            except InputError as error:
                yield Problem((), str(error))

    @property
    def lacks_adapters(self) -> bool:
        """Regions of a genome end where they end."""
        return self.genome is not None

    def preflight(self, alone: bool) -> dict[str, dict[str, Any]]:
        """Some sequence that the models of the dataset can take."""
        return {"new": {"": self.plain()}} if alone and self.at_hand() else {}

    def results(self, name: str) -> list[str]:
        """A table of predictions."""
        return [f"predict/{name}.{self.format}"]
