"""Families of models: their options, presets and recipes, and the members of blends.

Adding one: a file in seq2score/models/ with a class Model, and a class of its options here.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union

from pydantic import ConfigDict, Field, Tag

from seq2score.settings.fields import (
    ABSENT,
    Allowed,
    By,
    Count,
    Distinct,
    Name,
    Natural,
    Number,
    Section,
    Text,
    Words,
    keys_of,
)
from seq2score.settings.shapes import Shape, read
from seq2score.settings.training import Training

Preset = Literal["kmers", "library", "network", "motifs", "epistasis"]
Custom = Annotated[str, Text(r"^[^{}:\x00-\x1f]+\.py:[A-Za-z_]\w*\Z", "FILE.py:CLASS")]
Dropout = Annotated[Number, Field(ge=0, lt=1)]
Filters = Annotated[int, Field(ge=1, le=65536)]
Odd = Literal[1, 3, 5, 7, 9, 11]
Activation = Literal["relu", "exponential"]
Strands = Literal["auto", "one", "both"]

STEPS = ("optimizer", "learning_rate", "schedule")  # keys of `training`: how steps are taken
RECIPE = {
    "optimizer": "adamw",
    "learning_rate": 0.004,
    "schedule": "one_cycle",
    "weight_decay": 0.01,
    "gradient_clip": 1,
    "epochs": 20,
    "early_stopping": 20,
}


class Family(Section):
    """A model as the config has it, with the options of its family.

    Attributes
    ----------
    kind
        network, estimator, or blend of others.
    has_filters
        Whether its first layer is a convolution over letters.
    shares
        Whether its outputs have layers in common.
    sequences_alone
        Whether it has no place for the `inputs` of a table.
    losses
        Those that it can minimize, where not all.
    methods
        Of attribution that it can have, the best first (benchmarks/attributions.py).
    recipe
        Keys of the model that hold where a config says nothing of how steps are taken.
    """

    kind: ClassVar[str] = "network"
    has_filters: ClassVar[bool] = False
    shares: ClassVar[bool] = True
    sequences_alone: ClassVar[bool] = False
    losses: ClassVar[tuple[str, ...] | None] = None
    methods: ClassVar[tuple[str, ...]] = ("mutagenesis",)
    recipe: ClassVar[dict[str, Any]] = {}

    preset: Preset = ABSENT
    """Ready-made settings, each of which can be overridden: `kmers` learns exact rules on short
    sequences, `library` suits measured libraries: it blends several models, of which `network` is
    one. `motifs` is a network for motifs that may stand anywhere, `epistasis` for variants of one
    sequence."""
    architecture: str
    """The kind of model. A preset brings its own."""
    training: Training = Training()
    """Training keys for this model alone."""
    together: Annotated[
        list[Name],
        Field(min_length=2),
        Distinct,
        Allowed("a list of two datasets or more, none twice"),
    ] = ABSENT
    """Datasets that one network learns together: they share all its layers but the last, of which
    each has its own. In the folder of each, it is then a model like every other one."""
    leaks: Literal["error", "drop_from_train", "allow"] = ABSENT
    """With `together`, what to do about rows of one dataset whose sequence is in the test set of
    another: stop, leave them out of what is learned together, or learn from them."""

    @classmethod
    def option_shapes(cls) -> dict[str, Shape]:
        """The options of the family, beside the keys that every model has."""
        shapes = Shape.of(cls).fields()
        return {key: shape for key, shape in shapes.items() if key not in Family.model_fields}

    @property
    def options(self) -> dict[str, Any]:
        """What the network, or the estimator, is built by."""
        return {key: value for key, value in self.plain().items() if key not in Family.model_fields}

    @property
    def is_network(self) -> bool:
        """Whether it has gradients."""
        return self.kind == "network"

    def has_loss(self, loss: str | None) -> bool:
        """Whether it can minimize a loss."""
        return loss is None or self.losses is None or loss in self.losses


ALL_METHODS = ("mutagenesis", "deep_lift_shap", "integrated_gradients", "gradient")
GRADIENTS = ("mutagenesis", "integrated_gradients", "gradient")


class Linear(Family):
    """One weight a letter and position."""

    shares: ClassVar = False
    methods: ClassVar[tuple[str, ...]] = (
        "gradient",
        "mutagenesis",
        "deep_lift_shap",
        "integrated_gradients",
    )
    architecture: Literal["linear"]


class Flat(Family):
    """Networks of one convolution, whose activations are flattened."""

    has_filters: ClassVar = True
    methods: ClassVar[tuple[str, ...]] = ALL_METHODS
    recipe: ClassVar[dict[str, Any]] = {"hidden": 64, "dropout": 0.2, "training": RECIPE}
    filters: Filters = 32
    """Number of first-layer filters."""
    kernel_size: Count = 3
    """Width of the filters, in letters."""
    activation: Activation = "relu"
    """After the first layer. `exponential` can give clearer motifs."""
    hidden: Natural = 0
    """Width of a hidden layer before the output; 0 for none."""
    dropout: Dropout = 0
    """Share of activations dropped while training."""


class Cnn(Flat):
    """A convolution, its activation, and linear layers on the flattened activations. The recipe has
    `hidden: 64` and `dropout: 0.2`."""

    architecture: Literal["cnn"]


class Cnn2d(Flat):
    """The `cnn` as a 2-D convolution over a 4 x length image, for tools that know no 1-D one. The
    same weights give the same outputs."""

    architecture: Literal["cnn2d"]


class Deep(Family):
    """What the deeper networks have in common."""

    has_filters: ClassVar = True
    recipe: ClassVar[dict[str, Any]] = {"training": RECIPE}
    methods: ClassVar[tuple[str, ...]] = GRADIENTS
    filters: Filters = 64
    """Number of first-layer filters, and of channels thereafter."""
    kernel_size: Count = 7
    """Width of the filters, in letters."""
    activation: Activation = "relu"
    """After the first layer. `exponential` can give clearer motifs."""


class Residual(Deep):
    """Options of convolutional residual blocks."""

    blocks: Natural = 2
    """Number of residual blocks. Each looks twice as far as the one before."""
    block_kernel_size: Odd = 3
    """Width of the convolutions in the blocks, in positions; odd."""
    bins: Count = 25
    """Positions are averaged into at most so many bins before the last layers."""
    hidden: Count = 64
    """Width of the hidden layer before the output."""
    dropout: Dropout = 0.1
    """Share of activations dropped while training."""
    batch_norm: bool = False
    """Normalize activations over each batch."""
    strands: Strands = "one"
    """Whether a sequence is read as it stands (`one`), or on a random strand in training and as the
    mean of both thereafter. `auto` lets the validation set decide, before the training, for
    sequences of more than 40 letters."""


class Resnet(Residual):
    """Convolutional residual blocks, the strong default for measured libraries."""

    methods: ClassVar[tuple[str, ...]] = ALL_METHODS
    recipe: ClassVar[dict[str, Any]] = {
        "training": RECIPE | {"weight_decay": 30, "weight_decay_per": "epoch"}
    }
    architecture: Literal["resnet"]


class Bilstm(Deep):
    """A convolution, and a bidirectional LSTM that reads what it finds."""

    architecture: Literal["bilstm"]
    pooling: Count = 1
    """Positions of which only the strongest activation is kept. 1 keeps each."""
    units: Count = 32
    """Width of the LSTM in each direction."""
    dropout: Dropout = 0.1
    """Share of activations dropped while training."""


class Transformer(Deep):
    """A convolution, and self-attention over what it finds."""

    architecture: Literal["transformer"]
    pooling: Count = 1
    """Positions of which only the strongest activation is kept. 1 keeps each."""
    layers: Count = 2
    """Number of layers of self-attention."""
    heads: Count = 4
    """Heads of each layer. They must divide `filters`."""
    dropout: Dropout = 0.1
    """Share of activations dropped while training."""


class Blend(Residual):
    """Several models of the other families, trained as `MODEL~MEMBER` each, and summed with the
    weights that predict the validation set best. Keys of `resnet` and of `training` are for its
    networks."""

    kind: ClassVar = "blend"
    has_filters: ClassVar = False  # but for those of its members
    losses: ClassVar[tuple[str, ...] | None] = ("mse", "huber", "poisson", "cross_entropy")
    methods: ClassVar[tuple[str, ...]] = ("mutagenesis",)
    recipe: ClassVar[dict[str, Any]] = {}
    architecture: Literal["blend"]
    budget: Literal["quick", "standard", "thorough"] = "standard"
    """What its members may cost. `quick` has no network, `standard` two, `thorough` four."""


class Legnet(Deep):
    """Grouped convolutions with squeeze and excitation, averaged over all positions: for noisy
    tables of sequences whose motifs may stand anywhere."""

    architecture: Literal["legnet"]
    blocks: Natural = 3
    """Number of blocks. Each halves the positions."""
    block_kernel_size: Odd = 7
    """Width of the convolutions in the blocks, in positions; odd."""
    group: Count = 16
    """Channels of a group in the grouped convolutions."""
    dropout: Dropout = 0.2
    """Share of the last channels dropped while training."""
    strands: Strands = "one"
    """Whether a sequence is read as it stands (`one`), or on a random strand in training and as the
    mean of both thereafter. `auto` lets the validation set decide, before the training, for
    sequences of more than 40 letters."""


class Epistasis(Family):
    """Effects of letters and of pairs of letters that add up to a latent trait, and one curve from
    it to the score, for variants of one sequence. Its parameters are written as tables."""

    shares: ClassVar = False
    sequences_alone: ClassVar = True
    methods: ClassVar[tuple[str, ...]] = GRADIENTS
    architecture: Literal["epistasis"]
    reach: Natural = 100
    """Pairs of positions up to so far apart have effects of their own; 0 for none."""
    steps: Natural = 10
    """Sigmoids that the curve is made of; 0 for a straight line."""
    noise_degree: Annotated[int, Field(ge=0, le=6)] = 2
    """With the loss `gaussian_nll`, the degree of the polynomial of the score by which the
    logarithm of the noise's variance changes; 0 for the same noise everywhere."""


class Trees(Family):
    """Boosted trees on letters at positions and counts of k-mers; no network. Of `training`, only
    `loss` and `target_scaling` matter to it."""

    kind: ClassVar = "estimator"
    losses: ClassVar[tuple[str, ...] | None] = ("mse", "huber", "poisson", "cross_entropy")
    architecture: Literal["trees"]
    kmers: Annotated[int, Field(ge=1, le=7)] = 5
    """The longest k-mer that is counted. 4 at most where sequences have up to 40 letters."""
    strands: Strands = "auto"
    """Whether a k-mer counts with its reverse complement (`both`) or alone. `auto` takes what the
    validation set likes better, for sequences of more than 40 letters."""
    leaves: Annotated[int, Field(ge=2)] = 15
    """Leaves of a tree, at most."""
    learning_rate: Annotated[Number, Field(gt=0, le=1)] = 0.05
    """What each tree's answer is multiplied by."""
    trees: Count = 1000
    """Trees at most; growing stops where the validation loss falls no more."""


class Kernel(Family):
    """Kernel ridge regression on counts of k-mers and letters at positions; no network. Steepness,
    penalty and what counts are chosen on the validation set. Of `training`, only `loss` and
    `target_scaling` matter to it."""

    kind: ClassVar = "estimator"
    losses: ClassVar[tuple[str, ...] | None] = ("mse", "huber", "cross_entropy")
    architecture: Literal["kernel"]
    kmers: Annotated[int, Field(ge=3, le=7)] = 6
    """The longest k-mer that is counted, from 3 on."""
    gaps: Annotated[int, Field(ge=0, le=20)] = 5
    """Two pairs of letters with 1 to so many letters of any kind between them are counted too; 0
    for none."""
    strands: Strands = "auto"
    """Whether a k-mer counts with its reverse complement (`both`) or alone. `auto` takes what the
    validation set likes better, for sequences of more than 40 letters."""
    landmarks: Annotated[int, Field(ge=10)] = 3000
    """Rows of the train set that others are compared with, at most. More take more memory and
    time."""


FAMILIES: dict[str, type[Family]] = {
    "linear": Linear,
    "cnn": Cnn,
    "cnn2d": Cnn2d,
    "resnet": Resnet,
    "bilstm": Bilstm,
    "transformer": Transformer,
    "blend": Blend,
    "legnet": Legnet,
    "epistasis": Epistasis,
    "trees": Trees,
    "kernel": Kernel,
}


class CustomFamily(Family):
    """A class of yours, in a file of yours: a torch.nn.Module on one-hot letters float32 (n, 4,
    length), or an estimator with scikit-learn's `fit` and `predict`. Further keys are its keyword
    arguments."""

    model_config = ConfigDict(extra="allow")
    architecture: Custom


class Unknown(Family):
    """A model of no family that we know."""

    model_config = ConfigDict(extra="allow")
    architecture: Literal[tuple(FAMILIES)] | Custom  # type: ignore[valid-type]


class OfPreset(Family):
    """A model of a preset that we do not know."""

    model_config = ConfigDict(extra="allow")
    architecture: str = ABSENT


class Started(Section):
    """The architecture and its options are those of the model that it starts from."""

    start_from: Words
    """The folder of a trained network, `results/DATASET/MODEL`, of which each seed takes its own,
    or that of one seed. It may be of this config, or of another run."""
    freeze: Literal["none", "first"] = "none"
    """What stays as it was. `first` is the first layer, so the filters where there are any."""
    lower_layers: Annotated[Number, Field(gt=0, le=1)] = 1
    """Share of the learning rate that the first layer has. From layer to layer it grows by the same
    factor, up to all of it for the last one, and for what is new."""
    leaks: Literal["error", "allow"] = "error"
    """What to do about rows of the test set that the other model has learned from."""
    trust_code: bool = False
    """Whether the class of yours (FILE.py:CLASS) may be run that the other model's folder names.
    Models of this config are trusted as it is; of a folder from elsewhere, read the file first."""
    training: Training = Training()
    """Training keys for this model alone."""
    preset: ClassVar[None] = None
    together: ClassVar[None] = None


class ByFamily(By):
    """The family of a model, by its architecture or what else it says."""

    def when(self, tag: str) -> str:
        """The architecture; what a model starts from."""
        others = {"custom": ", architecture `FILE.py:CLASS`", "start_from": ", with `start_from`"}
        return super().when(tag) if tag in FAMILIES else others.get(tag, "")

    def unknown(self, key: str, tags: list[str], value: Mapping) -> str:
        """An option of other families, or of one that is that of another model."""
        if "start_from" in value:
            if key == "together":
                return "is not for models that start from another one. Leave it out."
            return "is as in the model that it starts from. Leave it out."
        known = [tag for tag in tags if tag in FAMILIES]
        return super().unknown(key, known, value) if known else ""

    def tag(self, value: Any) -> str:
        """The name of a family, or what a model is that has none."""
        given = keys_of(value)
        architecture = given.get("architecture")
        if "start_from" in given:
            return "start_from"
        if isinstance(architecture, str):
            if architecture in FAMILIES:
                return architecture
            return "custom" if ".py:" in architecture else "unknown"
        return "preset" if "preset" in given and "architecture" not in given else "unknown"


OTHERS = {"custom": CustomFamily, "start_from": Started, "preset": OfPreset, "unknown": Unknown}
if TYPE_CHECKING:
    Model = Family | Started
else:
    Model = Annotated[
        Union[tuple(Annotated[cls, Tag(tag)] for tag, cls in (FAMILIES | OTHERS).items())],
        ByFamily("architecture", "unknown"),
    ]

# What each preset stands for; a model's own keys win.
PRESETS: dict[str, dict[str, Any]] = {
    "kmers": {
        "architecture": "cnn",
        "filters": 32,
        "kernel_size": 3,
        "hidden": 64,
        "training": {
            "optimizer": "adamw",
            "learning_rate": 0.02,
            "schedule": "one_cycle",
            "batch_size": 128,
            "epochs": 30,
            "target_scaling": "standardize",
        },
    },
    "library": {"architecture": "blend"},
    "network": {
        "architecture": "resnet",
        "filters": 64,
        "kernel_size": 7,
        "blocks": 4,
        "hidden": 128,
        "dropout": 0.3,
        "strands": "auto",
        "training": {
            "optimizer": "adamw",
            "learning_rate": 0.004,
            "schedule": "one_cycle",
            "weight_decay": 30,
            "weight_decay_per": "epoch",
            "gradient_clip": 1,
            "batch_size": 128,
            "epochs": 20,
            "early_stopping": 20,
            "target_scaling": "standardize",
        },
    },
    "epistasis": {
        "architecture": "epistasis",
        "training": {
            "optimizer": "adamw",
            "learning_rate": 0.01,
            "schedule": "one_cycle",
            "weight_decay": 0.1,
            "batch_size": 256,
            "epochs": 40,
            "early_stopping": 40,
            "target_scaling": "standardize",
        },
    },
    "motifs": {
        "architecture": "legnet",
        "filters": 32,
        "strands": "auto",
        "training": {
            "optimizer": "adamw",
            "learning_rate": 0.005,
            "schedule": "one_cycle",
            "weight_decay": 0.01,
            "gradient_clip": 1,
            "batch_size": 128,
            "epochs": 15,
            "early_stopping": 15,
            "target_scaling": "standardize",
        },
    },
}

# The members of a blend by its budget, each as a model of its own.
QUICK = {"kernel": {"architecture": "kernel"}, "trees": {"architecture": "trees"}}
STANDARD = QUICK | {"network": {"preset": "network"}, "motifs": {"preset": "motifs"}}
BLENDS: dict[str, dict[str, dict[str, Any]]] = {
    "quick": QUICK,
    "standard": STANDARD,
    "thorough": STANDARD
    | {
        "network2": {"preset": "network", "dropout": 0.2, "blocks": 2},
        "motifs2": {"preset": "motifs", "filters": 64},
    },
}


def with_preset(model: Any) -> Any:
    """A model as the config has it, with the keys of its preset under its own.

    One with faults, which are told elsewhere, is given back as it is.
    """
    if (
        not isinstance(model, dict)
        or model.get("preset") not in [*PRESETS]
        or "start_from" in model
    ):
        return model
    preset = PRESETS[model["preset"]]
    training, architecture = model.get("training", {}), preset["architecture"]
    if not isinstance(training, dict) or model.get("architecture", architecture) != architecture:
        return model
    return {**preset, **model, "training": {**preset.get("training", {}), **training}}


def family_of(model: dict[str, Any]) -> Family:
    """A model whose keys are right, with its preset."""
    model = with_preset(model)
    cls = FAMILIES.get(model["architecture"], CustomFamily)
    return cls.model_validate(read(model, Shape.of(cls)))
