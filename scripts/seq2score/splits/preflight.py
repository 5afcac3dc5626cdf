"""What models and questions need of sequences, looked at before any training and not after it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seq2score.errors import InputError, printable
from seq2score.sequences import adapters, new
from seq2score.sequences.accepted import accept
from seq2score.splits.parts import sequence_length

SHOWN = 10


def refuse(requirements: dict, sequences: Path, scores: list[str], train: Path) -> None:
    """Refuse what the sequences of a dataset cannot give to models and questions.

    Parameters
    ----------
    requirements
        By the model, or the key of the config, that asks for it: `widths` of first filters, `ids`
        of sequences, `templates` of designs, `new` sequences to predict and `starts` of designs
        (both sections), `classes`. Lists: `counts` (models that learn counts), `files` (FASTA) of
        sequences to mutate, `inserts` (questions about sequences without adapters). And the `rules`
        that sequences follow.
    sequences
        The file of rows.
    scores
        Their columns.
    train
        The file of training rows.

    Raises
    ------
    InputError
        For the first thing that they cannot give.
    """
    length = sequence_length(sequences)
    for model, width in requirements["widths"].items():
        if width > length:
            raise InputError(
                f"models.{model}.kernel_size: {width} is wider than the {length} letters of the "
                "sequences"
            )
    if requirements["counts"]:
        _refuse_negative(pq.read_table(sequences, columns=scores), requirements["counts"][0])
    for key, letters in requirements["templates"].items():
        if len(letters) != length:
            raise InputError(f"{key}: has {len(letters)} letters; the sequences have {length}")
    for key, name in requirements["classes"].items():
        _refuse_unknown_class(key, name, pq.read_table(sequences, columns=scores[:1])[0])
    for key, names in requirements["ids"].items():
        _refuse_missing(key, names, sequences)
    rules = {**requirements["rules"], "input_length": length}
    for path in requirements["files"]:
        new.few_encoded(path, rules)
    for key, section in requirements["new"].items():
        _refuse_unfit(key, section, rules)
    for key, section in requirements["starts"].items():
        _refuse_starts(key, section, rules)
    adapters.refuse(requirements["inserts"], train)


def _refuse_unknown_class(key: str, name: str, labels: pa.ChunkedArray) -> None:
    """Refuse a class that no row has; of scores, their names are known before."""
    known = pc.unique(labels).to_pylist()
    if pa.types.is_string(labels.type) and name not in known:
        some = ", ".join(sorted(known)[:SHOWN])
        raise InputError(f"{key}: no row is of class {name}. Allowed: {some}")


def _refuse_unfit(key: str, section: dict, rules: dict) -> None:
    """Refuse a file of new sequences if no model could take any of those that it begins with."""
    rows = next(new.batches(section), new.nothing())
    problems = accept(rows["sequence"], rules)[1]
    if problems and all(problems):
        raise InputError(
            f"{key}: {section['path']}: none of its first {len(problems):,} sequences can be "
            f"predicted: the first {problems[0]}"
        )


def _refuse_starts(key: str, section: dict, rules: dict) -> None:
    """Refuse a file of sequences to begin with if there are none, or one that no model takes."""
    rows = 0
    for batch in new.batches(section):
        problems = accept(batch["sequence"], rules)[1]
        for name, problem in zip(batch["id"].to_pylist(), problems, strict=True):
            if problem:
                raise InputError(f"{key}: {section['path']}: {printable(name)} {problem}")
        rows += len(batch)
    if not rows:
        raise InputError(f"{key}: {section['path']}: holds no sequence to begin with")


def _refuse_missing(key: str, names: list[str], sequences: Path) -> None:
    ids = pq.read_table(sequences, columns=["id"])["id"].cast(pa.string())
    there = pc.is_in(pa.array(names), value_set=ids.combine_chunks())
    missing = pa.array(names).filter(pc.invert(there)).to_pylist()
    if missing:
        raise InputError(
            f"{key}: no sequence has the id {', '.join(missing[:SHOWN])}"
            f"{' and so on' * (len(missing) > SHOWN)}. Allowed: what docs/configuration.md says, "
            f"and ids of the dataset, such as {', '.join(ids[:3].to_pylist())}."
        )


def _refuse_negative(table: pa.Table, model: str) -> None:
    for name in table.column_names:
        lowest = np.nanmin(table[name].to_numpy().astype(float))
        if lowest < 0:
            raise InputError(
                f"training.loss: poisson, by which {model} learns, is for counts, and the lowest "
                f"{name} is {lowest:g}"
            )
