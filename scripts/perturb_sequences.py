"""What motifs and single mutations do to a model's predictions, in silico."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score import tables
from seq2score.errors import InputError
from seq2score.evaluation.metrics import auroc
from seq2score.inference import prediction
from seq2score.inference.predictions import truth_and_prediction
from seq2score.motifs import insertion, mutagenesis
from seq2score.sequences import new, synthetic
from seq2score.sequences.encoding import BASES, encode

FEWEST_BACKGROUNDS = 2  # for an interval
MOST_MUTANTS = 64_000  # of sequences with one planted motif, which bounds how many are taken
EFFECT = ["motif", "output", "backgrounds", "effect", "effect_low", "effect_high", "truth"]
EFFECT += ["first", "last"]
MUTATED = ["why", "id", "output", "score", "prediction"]

Predict = Callable[[np.ndarray], np.ndarray]


def insert_motifs(
    predict: Predict,
    rule: Predict | None,
    outputs: list[str],
    words: list[str],
    drawn: np.ndarray,
    varies: np.ndarray,
) -> list[dict]:
    """A row a motif and output: the mean change of prediction by inserting it, with its interval.

    rule: the true score of codes, whose change on the very same insertions is `truth`.
    drawn: random sequences to insert into, uint8 (n, length). varies: the positions to insert at,
    bool (length,); `first` and `last` tell between which, counted from 1. Words for which there is
    no room are left out.
    """
    rows = []
    for word in words:
        if len(word) > drawn.shape[1]:
            logging.warning("%s is longer than the sequences: not inserted", word)
            continue
        motif = encode([word.replace("U", "T")])[0]
        starts = insertion.places(varies, len(motif))
        pair = insertion.insert(drawn, motif, starts, np.random.default_rng(motif))
        if len(pair[0]) < FEWEST_BACKGROUNDS:
            logging.warning("%s fits into %d sequences: not inserted", word, len(pair[0]))
            continue
        mean, interval = insertion.mean_change(predict, *pair)
        true = insertion.mean_change(rule, *pair)[0] if rule else [None] * len(outputs)
        place = np.flatnonzero(starts)[[0, -1]] + [1, len(motif)]
        for i, output in enumerate(outputs):
            values = (word, output, len(pair[0]), mean[i], *interval[:, i], true[i], *place)
            rows.append(dict(zip(EFFECT, values, strict=True)))
    return rows


def choose(
    ids: list, scores: np.ndarray, predicted: np.ndarray, asked: list[str]
) -> dict[int, str]:
    """Rows of the test set to mutate, each with why: best, worst, most_wrong or its id.

    scores, predicted: float (n,). An id that the test set does not hold is left out.
    """
    standing = {
        "best": predicted.argmax(),
        "worst": predicted.argmin(),
        "most_wrong": np.nan_to_num(np.abs(predicted - scores)).argmax(),
    }
    chosen = {}
    for name in asked:
        if name not in standing and name not in ids:
            continue
        row = int(standing[name]) if name in standing else ids.index(name)
        chosen[row] = f"{chosen[row]}, {name}" if row in chosen else name
    return chosen


def elsewhere(names: list[str], parts: list[str]) -> list[dict]:
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


def measured(row: dict, record: dict, shown: int) -> dict:
    """What is told of a row of another part. shown: the score, or the class whose probability."""
    if classes := record["classes"]:
        score = float(row["score"] == classes[shown])
    else:
        score = row[record["outputs"][shown]]
    return {"why": row["id"], "id": row["id"], "part": row["part"], "score": score}


def mutate(predict: Predict, codes: np.ndarray, about: list[dict]) -> list[dict]:
    """A row a sequence and position: the change of prediction by each letter, and the attribution.

    codes: uint8 (n, length). about: what each row says of its sequence.
    """
    change = mutagenesis.changes(predict, codes)
    attribution = mutagenesis.attribution(change)
    return [
        row
        | {"position": position + 1, "letter": (BASES + "N")[codes[i, position]]}
        | dict(zip(BASES, change[i, :, position], strict=True))
        | {"attribution": attribution[i, position]}
        for i, row in enumerate(about)
        for position in range(codes.shape[1])
    ]


def attribution_auroc(predict: Predict, rule: Predict, codes: np.ndarray, words: list) -> dict:
    """How well |attribution| tells motif positions from others: the model's AUROC, and the rule's.

    Only over sequences with exactly one occurrence of one planted motif: with several, no single
    mutation shows what they do, not even to the rule itself.
    """
    inside, number = mutagenesis.motif_positions(codes, words)
    single = np.flatnonzero(number == 1)[: max(1, MOST_MUTANTS // (4 * codes.shape[1]))]
    positive = inside[single].ravel()
    changes = [mutagenesis.changes(of, codes[single]) for of in (predict, rule)]
    areas = [auroc(positive, np.abs(mutagenesis.attribution(c)).ravel()) for c in changes]
    return {"sequences": len(single), "auroc": areas[0], "auroc_of_rule": areas[1]}


def one(predict: Predict, output: int) -> Predict:
    """One output alone, float (n,)."""
    return lambda codes: predict(codes)[:, output]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params, output = snakemake.params, snakemake.output
    predictor = prediction.load(Path(snakemake.input.model).parent)
    classes = predictor.record["classes"]
    rule = synthetic.rule_of(params.synthetic, classes)
    test = pq.read_table(snakemake.input.predictions)
    codes, _ = predictor.read(test["sequence"].combine_chunks())
    scores, predicted = truth_and_prediction(test)

    def predict(batch):
        predicted = predictor.predict(batch)
        return predicted[:, None] if predicted.ndim == 1 else predicted

    # Mutations are shown for one number: the first score, or the commonest class's probability.
    shown = np.bincount(scores).argmax() if classes else 0
    scores = 1.0 * (scores == shown) if classes else scores[:, 0]
    ids = test["id"].to_pylist()
    chosen = choose(ids, scores, predicted[:, shown], params.mutate)
    others = elsewhere([name for name in params.ids if name not in ids], snakemake.input.parts)
    outputs = [f"probability of {name}" for name in classes or []] or predictor.record["outputs"]
    about = [
        {"why": why, "id": ids[row], "part": "test", "score": scores[row]}
        for row, why in chosen.items()
    ]
    about += [measured(row, predictor.record, shown) for row in others]
    further = [predictor.read(pa.array([row["sequence"] for row in others], pa.string()))[0]]
    for path in snakemake.input.files:
        rows, read = new.few(path, predictor.record)
        names, part = rows["id"].to_pylist(), Path(path).name
        about += [{"why": name, "id": name, "part": part, "score": None} for name in names]
        further.append(read)
    further = np.concatenate(further)
    told = [*predicted[list(chosen), shown], *one(predict, shown)(further)]
    about = [
        row | {"output": outputs[shown], "prediction": number}
        for row, number in zip(about, told, strict=True)
    ]
    to_mutate = np.concatenate([codes[list(chosen)], further])
    tables.write(mutate(one(predict, shown), to_mutate, about), output.mutagenesis, MUTATED)

    drawn = insertion.draw_backgrounds(codes, params.backgrounds, np.random.default_rng(17))
    varies = insertion.varying(codes)
    effects = insert_motifs(predict, rule, outputs, params.words, drawn, varies)
    tables.write(effects, output.insertions, EFFECT)

    areas = []
    if rule and (planted := list(params.synthetic["motif_effects"])):
        areas = [attribution_auroc(*(one(f, shown) for f in (predict, rule)), codes, planted)]
    tables.write(areas, output.attribution, ["sequences", "auroc", "auroc_of_rule"])
