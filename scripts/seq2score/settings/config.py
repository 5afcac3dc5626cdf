"""The whole config: every section, those of the questions among them."""

from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from seq2score.questions import QUESTIONS
from seq2score.settings.datasets import Contrast, DatasetSection
from seq2score.settings.families import Model, family_of, with_preset
from seq2score.settings.fields import Allowed, Distinct, Name, Section, Text, Words
from seq2score.settings.interpretation import Interpretation
from seq2score.settings.messages import Problem, problems
from seq2score.settings.shapes import Shape, read
from seq2score.settings.training import Intervals, Search, Sweep, Training

DEFAULT_MODELS = {"linear": {"architecture": "linear"}, "library": {"preset": "library"}}
OneSeed = Annotated[int, Field(ge=0, le=4_294_967_295)]


class Common(Section):
    """What is learned, by which models, and what is looked for in them."""

    datasets: Annotated[dict[Name, DatasetSection], Field(min_length=1)]
    """What to learn from. Each dataset's results go to `results/NAME/`."""
    models: Annotated[dict[Name, Model], Field(min_length=1)] = {
        name: family_of(model) for name, model in DEFAULT_MODELS.items()
    }
    """What to train. Each model is trained on every dataset that does not choose among them."""
    training: Training = Training()
    """How every model is trained, unless its preset or its own `training` says otherwise."""
    seeds: Annotated[
        list[OneSeed],
        Field(min_length=1),
        Distinct,
        Allowed("a list of whole numbers from 0 to 4294967295, none twice"),
    ] = [17]
    """One training of every model each. Two or more also give an ensemble."""
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    """What trains and predicts. `auto` takes a GPU where it finds one; on a cluster only `cuda`
    asks for one."""
    interpretation: Interpretation = Interpretation()
    """How first-layer filters become motifs, and what they are compared with."""
    intervals: Intervals = Intervals()
    """The intervals that stand beside every prediction."""
    contrasts: dict[Name, Contrast] = {}
    """Differences between scores of a dataset that are scores themselves, by a name that results
    call them: one condition against others, or after against before (docs/evaluation.md)."""
    sweep: dict[Name, Sweep] = {}
    """By model, the options or training keys to try and the values of each. Every combination is
    trained; the best on the validation set is evaluated once, as `MODEL~best`."""
    search: dict[Name, Search] = {}
    """By model, where to look for better options or training keys (docs/tuning.md). What the
    finished trials reached on the validation set tells which to try next; the best one is
    evaluated once, as `MODEL~best`."""
    export: Literal["none", "onnx"] = "none"
    """A further format to write every trained model in."""
    container: Words | None = None
    """The image that steps run in with `--sdm conda apptainer`, made of `envs/` (docs/running.md):
    a file, or a URL that Apptainer knows."""
    results: Annotated[
        str, Text(r"^(?!~)[^{}<>*?\x00-\x1f]+\Z", "the path of a folder, without '~'")
    ] = "results"
    """The folder for everything that a run makes."""

    def questions(self) -> dict[tuple, Any]:
        """Every question, by the keys that lead to it."""
        by_path: dict[tuple, Any] = {}
        for key, question in QUESTIONS.items():
            section = getattr(self, key)
            by_path |= (
                {(key, n): q for n, q in section.items()} if question.named else {(key,): section}
            )
        return by_path


def _section(question: Any) -> tuple[Any, Any]:
    annotation = question.annotation()
    return (dict[Name, annotation], {}) if question.named else (annotation, question())  # type: ignore[valid-type]


Config = create_model(  # type: ignore[call-overload]
    "Config",
    __base__=Common,
    __doc__=Common.__doc__,
    **{key: _section(question) for key, question in QUESTIONS.items()},
)
CONFIG = Shape.of(Config)


def checked(config: dict[str, Any]) -> tuple[Any, list[Problem]]:
    """A config as Snakemake read it, with its keys and values checked, one by one.

    Returns
    -------
    config : Config or None
        None where something is wrong.
    problems : list of Problem
        What is wrong.
    """
    raw = dict(config)
    if isinstance(models := raw.get("models"), dict):
        raw["models"] = {name: with_preset(model) for name, model in models.items()}
    raw = read(raw, CONFIG)
    if wrong := problems(raw, CONFIG, sections=Config.model_fields):
        return None, wrong
    return Config.model_validate(raw), []
