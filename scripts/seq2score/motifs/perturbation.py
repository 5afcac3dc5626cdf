"""What motifs and single mutations do to a model's predictions, in silico."""

import logging
from collections.abc import Mapping, Sequence
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
from seq2score.motifs.mutagenesis import Predict
from seq2score.sequences import new, synthetic
from seq2score.sequences.encoding import BASES, encode

FEWEST_BACKGROUNDS = 2  # for an interval
MOST_MUTANTS = 64_000  # of sequences with one planted motif, which bounds how many are taken
EFFECT = ["motif", "output", "backgrounds", "effect", "effect_low", "effect_high", "truth"]
EFFECT += ["first", "last"]
AUROC = ["sequences", "auroc", "auroc_of_rule"]
MUTATED = ["why", "id", "output", "score", "prediction"]


def insert_motifs(
    predict: Predict,
    rule: Predict | None,
    outputs: Sequence[str],
    words: Sequence[str],
    backgrounds: np.ndarray,
    varies: np.ndarray,
) -> list[dict]:
    """A row a motif and output: the mean change of prediction by inserting it, with its interval.

    `first` and `last` tell between which positions, counted from 1. Words for which there is no
    room are left out.

    Parameters
    ----------
    predict
        From encoded sequences, uint8 (n, length), to float (n, outputs).
    rule
        The same by the rule behind the scores, whose change on the very same insertions is `truth`.
    outputs
        What is predicted.
    words
        To insert.
    backgrounds
        Random sequences to insert into, uint8 (n, length).
    varies
        The positions to insert at, bool (length,).
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
    ids: list[str], scores: np.ndarray, predicted: np.ndarray, mutate: Sequence[str]
) -> dict[int, str]:
    """Rows of the test set to mutate, each with why: best, worst, most_wrong or its id.

    Parameters
    ----------
    ids
        Of the test set's rows.
    scores, predicted
        Float (n,), NaN where no score was measured.
    mutate
        best, worst, most_wrong and ids; one that the test set does not hold is left out.
    """
    extremes = {
        "best": predicted.argmax(),
        "worst": predicted.argmin(),
        "most_wrong": np.nan_to_num(np.abs(predicted - scores)).argmax(),
    }
    chosen: dict[int, str] = {}
    for name in mutate:
        if name not in extremes and name not in ids:
            continue
        row = int(extremes[name]) if name in extremes else ids.index(name)
        chosen[row] = f"{chosen[row]}, {name}" if row in chosen else name
    return chosen


def find_rows(names: list[str], parts: Sequence[str | Path]) -> list[dict]:
    """The first row with each id in the files of other parts, with `part`, in the order of names.

    Raises
    ------
    InputError
        For an id that none of them holds.
    """
    rows: dict[str, dict] = {}
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


def describe_row(row: Mapping, record: Mapping, shown: int) -> dict:
    """What a table says of a row of another part.

    Parameters
    ----------
    row
        As from `find_rows`.
    record
        Of the model (model.json).
    shown
        Which of its scores, or the class whose probability is shown.
    """
    if classes := record["classes"]:
        score = float(row["score"] == classes[shown])
    else:
        score = row[record["outputs"][shown]]
    return {"why": row["id"], "id": row["id"], "part": row["part"], "score": score}


def mutate(predict: Predict, encoded: np.ndarray, sequences: list[dict]) -> list[dict]:
    """A row a sequence and position: the change of prediction by each letter, and the attribution.

    Parameters
    ----------
    predict
        From encoded sequences, uint8 (n, length), to float (n,).
    encoded
        uint8 (n, length).
    sequences
        What rows say of each sequence.
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


def attribution_auroc(
    predict: Predict, rule: Predict, encoded: np.ndarray, words: Sequence[str]
) -> dict[str, int | float]:
    """How well |attribution| tells motif positions from others: the model's AUROC, and the rule's.

    Only over sequences with exactly one occurrence of one planted motif: with several, no single
    mutation shows what they do, not even to the rule itself.

    Parameters
    ----------
    predict, rule
        From encoded sequences, uint8 (n, length), to float (n,).
    encoded
        uint8 (n, length).
    words
        The planted motifs.
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

    Mutations are shown for one number, `shown`: the first score, or the commonest class's
    probability.
    """

    predictor: Predictor
    predict: Predict  # from encoded sequences, uint8 (n, length), to float (n, outputs)
    rule: Predict | None
    ids: list[str]
    encoded: np.ndarray  # uint8 (n, length)
    scores: np.ndarray  # what was measured of what is shown, float (n,)
    predicted: np.ndarray  # float (n, outputs)
    shown: int

    @classmethod
    def of(
        cls, predictor: Predictor, test: pa.Table, synthetic_rule: Mapping | None
    ) -> "Experiment":
        """Of a table with predictions on the test set, and a `synthetic` section, if any."""
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
    mutate_rows: Sequence[str],
    ids: Sequence[str],
    parts: Sequence[str | Path],
    files: Sequence[str | Path],
) -> list[dict]:
    """Rows of `mutate` on chosen sequences of the test set, of other parts and of files.

    Parameters
    ----------
    experiment
        The model and its test set.
    mutate_rows
        Of the test set, as `choose_rows` takes them.
    ids
        That may stand in another part.
    parts
        Files of other parts.
    files
        FASTA files of the user's.
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
    ids: Sequence[str],
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
        rows, of_file = new.few_encoded(path, predictor.record)
        part = Path(path).name
        sequences += [
            {"why": name, "id": name, "part": part, "score": None}
            for name in rows["id"].to_pylist()
        ]
        encoded.append(of_file)
    return sequences, np.concatenate(encoded)


def insertion_table(experiment: Experiment, words: Sequence[str], backgrounds: int) -> list[dict]:
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
    return [attribution_auroc(experiment.predict_shown, rule, experiment.encoded, planted)]


def write_tables(
    experiment: Experiment, settings: Mapping, source: Mapping, files: Mapping[str, str]
) -> None:
    """Write what motifs and mutations do: the paths `mutagenesis`, `insertions`, `attribution`.

    Parameters
    ----------
    experiment
        The model and its test set.
    settings
        `mutate` and `ids`, which sequences are mutated; `words` that are put into so many
        `backgrounds`; `synthetic`, the rule behind the scores, or None.
    source
        `parts` and `files` in which sequences to mutate stand, paths.
    files
        To write.
    """
    mutated = mutagenesis_table(
        experiment, settings["mutate"], settings["ids"], source["parts"], source["files"]
    )
    tables.write(mutated, files["mutagenesis"], MUTATED)
    effects = insertion_table(experiment, settings["words"], settings["backgrounds"])
    tables.write(effects, files["insertions"], EFFECT)
    planted = [*(settings["synthetic"] or {}).get("motif_effects", ())]
    tables.write(attribution_table(experiment, planted), files["attribution"], AUROC)
