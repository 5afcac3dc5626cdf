"""What motifs and single mutations do to a model's predictions, in silico."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.errors import InputError
from seq2score.evaluation.metrics import auroc
from seq2score.inference.prediction import Predictor
from seq2score.inference.predictions import truth_and_prediction
from seq2score.motifs import insertion, mutagenesis
from seq2score.sequences import new, synthetic
from seq2score.sequences.encoding import BASES, encode

FEWEST_BACKGROUNDS = 2  # for an interval
MOST_MUTANTS = 64_000  # of sequences with one planted motif, which bounds how many are taken
EFFECT = ["motif", "output", "backgrounds", "effect", "effect_low", "effect_high", "truth"]
EFFECT += ["first", "last"]
AUROC = ["sequences", "auroc", "auroc_of_rule"]
MUTATED = ["why", "id", "output", "score", "prediction"]

Predict = Callable[[np.ndarray], np.ndarray]


def insert_motifs(
    predict: Predict,
    rule: Predict | None,
    outputs: list[str],
    words: list[str],
    backgrounds: np.ndarray,
    varies: np.ndarray,
) -> list[dict]:
    """A row a motif and output: the mean change of prediction by inserting it, with its interval.

    rule: the true score of encoded sequences, whose change on the very same insertions is `truth`.
    backgrounds: random sequences to insert into, uint8 (n, length). varies: the positions to insert
    at, bool (length,); `first` and `last` tell between which, counted from 1. Words for which there
    is no room are left out.
    """
    rows = []
    for word in words:
        if len(word) > backgrounds.shape[1]:
            logging.warning("%s is longer than the sequences: not inserted", word)
            continue
        motif = encode([word.replace("U", "T")])[0]
        starts = insertion.places(varies, len(motif))
        pair = insertion.insert(backgrounds, motif, starts, np.random.default_rng(motif))
        if len(pair[0]) < FEWEST_BACKGROUNDS:
            logging.warning("%s fits into %d sequences: not inserted", word, len(pair[0]))
            continue
        mean, interval = insertion.mean_change(predict, *pair)
        true = insertion.mean_change(rule, *pair)[0] if rule else [None] * len(outputs)
        ends = np.flatnonzero(starts)[[0, -1]] + [1, len(motif)]
        for i, output in enumerate(outputs):
            values = (word, output, len(pair[0]), mean[i], *interval[:, i], true[i], *ends)
            rows.append(dict(zip(EFFECT, values, strict=True)))
    return rows


def choose_rows(
    ids: list, scores: np.ndarray, predicted: np.ndarray, mutate: list[str]
) -> dict[int, str]:
    """Rows of the test set to mutate, each with why: best, worst, most_wrong or its id.

    scores, predicted: float (n,). An id that the test set does not hold is left out.
    """
    extremes = {
        "best": predicted.argmax(),
        "worst": predicted.argmin(),
        "most_wrong": np.nan_to_num(np.abs(predicted - scores)).argmax(),
    }
    chosen = {}
    for name in mutate:
        if name not in extremes and name not in ids:
            continue
        row = int(extremes[name]) if name in extremes else ids.index(name)
        chosen[row] = f"{chosen[row]}, {name}" if row in chosen else name
    return chosen


def find_rows(names: list[str], parts: list[str]) -> list[dict]:
    """The first row with each id in the files of other parts, with `part`, in the order of names.

    Raises InputError for an id that none of them holds.
    """
    rows = {}
    for path in parts if names else []:
        for row in pq.read_table(path, filters=[("id", "in", names)]).to_pylist():
            rows.setdefault(row["id"], row | {"part": Path(path).stem})
    for name in names:
        if name not in rows:
            raise InputError(
                f"interpretation.mutate: no sequence has the id {name}. Allowed: best, worst, "
                "most_wrong, a FASTA file, and ids of the train, validation or test set."
            )
    return [rows[name] for name in names]


def describe_row(row: dict, record: dict, shown: int) -> dict:
    """What a table says of a row of another part.

    shown: the score, or the class whose probability is shown.
    """
    if classes := record["classes"]:
        score = float(row["score"] == classes[shown])
    else:
        score = row[record["outputs"][shown]]
    return {"why": row["id"], "id": row["id"], "part": row["part"], "score": score}


def mutate(predict: Predict, encoded: np.ndarray, sequences: list[dict]) -> list[dict]:
    """A row a sequence and position: the change of prediction by each letter, and the attribution.

    encoded: uint8 (n, length). sequences: what each row says of its sequence.
    """
    change = mutagenesis.changes(predict, encoded)
    attribution = mutagenesis.attribution(change)
    return [
        row
        | {"position": position + 1, "letter": (BASES + "N")[encoded[i, position]]}
        | dict(zip(BASES, change[i, :, position], strict=True))
        | {"attribution": attribution[i, position]}
        for i, row in enumerate(sequences)
        for position in range(encoded.shape[1])
    ]


def attribution_auroc(predict: Predict, rule: Predict, encoded: np.ndarray, words: list) -> dict:
    """How well |attribution| tells motif positions from others: the model's AUROC, and the rule's.

    Only over sequences with exactly one occurrence of one planted motif: with several, no single
    mutation shows what they do, not even to the rule itself.
    """
    inside, number = mutagenesis.motif_positions(encoded, words)
    single = np.flatnonzero(number == 1)[: max(1, MOST_MUTANTS // (4 * encoded.shape[1]))]
    positive = inside[single].ravel()
    changes = [mutagenesis.changes(of, encoded[single]) for of in (predict, rule)]
    areas = [auroc(positive, np.abs(mutagenesis.attribution(c)).ravel()) for c in changes]
    return {"sequences": len(single), "auroc": areas[0], "auroc_of_rule": areas[1]}


def output_of(predict: Predict, output: int) -> Predict:
    """One output alone, float (n,)."""
    return lambda encoded: predict(encoded)[:, output]


@dataclass(frozen=True)
class Experiment:
    """A model, the test set that it is perturbed on, and the rule behind the scores, if known.

    predict, rule: from encoded sequences, uint8 (n, length), to float (n, outputs). Mutations are
    shown for one number, `shown`: the first score, or the commonest class's probability. scores:
    float (n,), and predicted, float (n, outputs), of the test set.
    """

    predictor: Predictor
    predict: Predict
    rule: Predict | None
    ids: list
    encoded: np.ndarray
    scores: np.ndarray
    predicted: np.ndarray
    shown: int

    @classmethod
    def of(
        cls, predictor: Predictor, test: pa.Table, synthetic_rule: Mapping | None
    ) -> "Experiment":
        """test: with predictions. synthetic_rule: a `synthetic` section of the config."""
        classes = predictor.record["classes"]
        encoded, _ = predictor.read(test["sequence"].combine_chunks())
        scores, predicted = truth_and_prediction(test)
        shown = int(np.bincount(scores).argmax()) if classes else 0

        def predict(batch: np.ndarray) -> np.ndarray:
            values = predictor.predict(batch)
            return values[:, None] if values.ndim == 1 else values

        return cls(
            predictor=predictor,
            predict=predict,
            rule=synthetic.rule_of(synthetic_rule, classes),
            ids=test["id"].to_pylist(),
            encoded=encoded,
            scores=1.0 * (scores == shown) if classes else scores[:, 0],
            predicted=predicted,
            shown=shown,
        )

    @property
    def outputs(self) -> list[str]:
        """What the model predicts, for readers."""
        record = self.predictor.record
        return [f"probability of {name}" for name in record["classes"] or []] or record["outputs"]

    @property
    def predict_shown(self) -> Predict:
        """The shown output alone, float (n,)."""
        return output_of(self.predict, self.shown)


def mutagenesis_table(
    experiment: Experiment,
    mutate_rows: list[str],
    ids: list[str],
    parts: Sequence[str | Path],
    files: Sequence[str | Path],
) -> list[dict]:
    """Rows of `mutate` on chosen sequences of the test set, of other parts and of files.

    Parameters
    ----------
    mutate_rows : of the test set, as `choose_rows` takes them
    ids : that may stand in another part
    parts : files of other parts
    files : FASTA files of the user's
    """
    shown, of_test = experiment.shown, experiment.predicted[:, experiment.shown]
    chosen = choose_rows(experiment.ids, experiment.scores, of_test, mutate_rows)
    sequences = [
        {"why": why, "id": experiment.ids[row], "part": "test", "score": experiment.scores[row]}
        for row, why in chosen.items()
    ]
    further, encoded = _further(experiment, ids, parts, files)
    predictions = [*of_test[list(chosen)], *experiment.predict_shown(encoded)]
    sequences = [
        row | {"output": experiment.outputs[shown], "prediction": prediction}
        for row, prediction in zip([*sequences, *further], predictions, strict=True)
    ]
    encoded = np.concatenate([experiment.encoded[list(chosen)], encoded])
    return mutate(experiment.predict_shown, encoded, sequences)


def _further(
    experiment: Experiment,
    ids: list[str],
    parts: Sequence[str | Path],
    files: Sequence[str | Path],
) -> tuple[list[dict], np.ndarray]:
    """Sequences that are not of the test set, and encoded, uint8 (n, length)."""
    predictor = experiment.predictor
    others = find_rows([name for name in ids if name not in experiment.ids], parts)
    sequences = [describe_row(row, predictor.record, experiment.shown) for row in others]
    texts = pa.array([row["sequence"] for row in others], pa.string())
    encoded = [predictor.read(texts)[0]]
    for path in files:
        rows, of_file = new.few(path, predictor.record)
        part = Path(path).name
        sequences += [
            {"why": name, "id": name, "part": part, "score": None}
            for name in rows["id"].to_pylist()
        ]
        encoded.append(of_file)
    return sequences, np.concatenate(encoded)


def insertion_table(experiment: Experiment, words: list[str], backgrounds: int) -> list[dict]:
    """Rows of `insert_motifs`, of so many random sequences like those of the test set."""
    encoded = experiment.encoded
    random = insertion.draw_backgrounds(encoded, backgrounds, np.random.default_rng(17))
    return insert_motifs(
        experiment.predict,
        experiment.rule,
        experiment.outputs,
        words,
        random,
        insertion.varying(encoded),
    )


def attribution_table(experiment: Experiment, planted: Sequence[str]) -> list[dict]:
    """A row of `attribution_auroc`, where there is a rule with planted motifs; else none."""
    if not experiment.rule or not planted:
        return []
    rule = output_of(experiment.rule, experiment.shown)
    return [attribution_auroc(experiment.predict_shown, rule, experiment.encoded, list(planted))]


def write_tables(
    experiment: Experiment, settings: Mapping, source: Mapping, files: Mapping[str, str]
) -> None:
    """Write what motifs and mutations do: the paths `mutagenesis`, `insertions`, `attribution`.

    Parameters
    ----------
    experiment : the model and its test set
    settings : `mutate` and `ids`, which sequences are mutated; `words` that are put into so many
        `backgrounds`; `synthetic`, the rule behind the scores, or None
    source : `parts` and `files` in which sequences to mutate stand, paths
    files : to write
    """
    mutated = mutagenesis_table(
        experiment, settings["mutate"], settings["ids"], source["parts"], source["files"]
    )
    tables.write(mutated, files["mutagenesis"], MUTATED)
    effects = insertion_table(experiment, settings["words"], settings["backgrounds"])
    tables.write(effects, files["insertions"], EFFECT)
    planted = (settings["synthetic"] or {}).get("motif_effects", ())
    tables.write(attribution_table(experiment, planted), files["attribution"], AUROC)
