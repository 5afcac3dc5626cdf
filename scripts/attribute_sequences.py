"""What each letter of each sequence contributes to the predictions of a model, or of its ensemble.

The contributions check themselves: their sum against the difference to the reference.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch

from seq2score.attributions import store
from seq2score.attributions.methods import Score, explain, output_of, score_of
from seq2score.errors import InputError
from seq2score.inference import shares
from seq2score.inference.prediction import Ensemble, load
from seq2score.inference.shares import share
from seq2score.models.devices import choose_device
from seq2score.sequences.new import batches
from seq2score.sequences.sources import REASON

LETTERS_TOGETHER = 2**16  # explained at a time, with their references


def chosen(asked: str | list[str] | dict, file: str) -> Iterator[pa.RecordBatch]:
    """Rows of id, sequence and REASON to explain. file: our table, or the user's file.

    Raises InputError for an id that the table does not hold.
    """
    if isinstance(asked, dict):
        yield from batches(asked)
        return
    missing = set(asked) if isinstance(asked, list) else set()
    for rows in pq.ParquetFile(file).iter_batches(columns=["id", "sequence"]):
        if isinstance(asked, list):
            rows = rows.filter(pc.is_in(rows["id"], pa.array(asked, rows["id"].type)))
            missing -= set(rows["id"].to_pylist())
        yield rows.append_column(REASON, pa.array([""] * len(rows), pa.string()))
    if missing:
        raise InputError(
            f"attributions.sequences: no sequence has the id {min(missing)}. "
            "Allowed: test, all, ids of the dataset, or a file of sequences."
        )


def readable(model: Ensemble, rows: pa.RecordBatch) -> tuple[np.ndarray, list[str]]:
    """Codes uint8 (n, length), and what is wrong with each row, "" for nothing."""
    codes, problems = model.read(rows["sequence"])
    reasons = rows[REASON].to_pylist()
    return codes, [why or problem for why, problem in zip(reasons, problems, strict=True)]


def pieces(
    asked: str | list[str] | dict, file: str, length: int, part: int = 1, parts: int = 1
) -> Iterator[pa.RecordBatch]:
    """The rows to explain, few enough at a time for memory and for jobs to share them.

    length: of the model's sequences. part, parts: every so-manyth piece only.
    """
    together = max(1, LETTERS_TOGETHER // length)
    every = (
        batch.slice(start, together)
        for batch in chosen(asked, file)
        for start in range(0, len(batch), together)
    )
    return share(every, part, parts)


def explained(model: Ensemble, score: Score, asked: dict, rows: pa.RecordBatch) -> pa.Table:
    """What `store.write` takes of a piece. Each piece is explained alone, in any part."""
    codes, problems = readable(model, rows)
    good = np.array([not problem for problem in problems], dtype=bool)
    of = explain(asked["method"], score, codes[good], asked["references"], asked["seed"])
    total = of.contributions(codes[good]).sum(axis=1)
    numbers = (of.prediction, of.reference, total, of.prediction - of.reference)
    told = np.full((5, len(good)), np.nan)
    told[:, good] = [*numbers, of.error(codes[good])]
    hypothetical = np.zeros((len(good), 4, codes.shape[1]), "f4")
    hypothetical[good] = of.hypothetical
    columns = [pa.array(values, pa.float64(), mask=~good) for values in told]
    why = pa.array(problems, pa.string())
    return store.piece([rows["id"], rows["sequence"], *columns, why], codes, hypothetical)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    params, output = snakemake.params, snakemake.output
    device = choose_device(params.device)
    device = torch.device("cpu") if device.type == "mps" else device  # which knows no float64
    model = load(Path(snakemake.input.weights[0]).parents[1], device)
    output_number = output_of(model, params.asked["output"])
    score = score_of(model, output_number, device)
    name = (model.record["classes"] or model.record["outputs"])[output_number]
    asked = {**params.asked, "method": params.method}

    length = model.record["input_length"]
    all_of = asked["sequences"], snakemake.input.sequences, length
    of_piece = partial(explained, model, score, asked)
    if part := snakemake.wildcards.get("part"):
        mine = pieces(*all_of, int(part), params.parts)
        count = shares.write(output[0], store.schema(length), map(of_piece, mine))
    else:
        problems = (readable(model, rows)[1] for rows in pieces(*all_of))
        problems = Counter(chain.from_iterable(problems))
        if not (count := problems[""]):
            told = f": the first of {problems.total()} {next(iter(problems))}" if problems else ""
            raise InputError(f"attributions.sequences: none of them can be explained{told}")
        worst = store.write(map(of_piece, pieces(*all_of)), count, length, output)
        logging.info("sums differ from the difference to the reference by at most %.3g", worst)
    logging.info(
        "%s of %d sequences to %s, from %d dinucleotide shuffles each (seed %d)",
        *(params.method, count, name, asked["references"], asked["seed"]),
    )
