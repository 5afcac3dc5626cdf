"""Libraries of whole oligos: adapters with which (nearly) all sequences begin and end.

A model learns them as part of every sequence, and so misjudges what lacks them: windows of a
genome, and designs that change them.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.errors import InputError
from seq2score.sequences import encoding

WHOLE_OLIGOS = "this looks like a library of whole oligos"  # in a note, which the report looks for
FEWEST = 5  # letters of an adapter; fewer may be a site, or chance
NEARLY_ALL = 0.99  # of the sequences, which controls and errors may leave
MOST_ROWS = 100_000  # to look at


def adapters_of(train: str | Path) -> dict[str, str]:
    """The letters with which nearly all training sequences begin (`left`) and end (`right`).

    Parameters
    ----------
    train
        The file of training sequences.

    Returns
    -------
    dict
        "" for an end that has none, and for both where they would be all of a sequence.
    """
    texts = pq.read_table(train, columns=["sequence"])["sequence"]
    rows = np.unique(np.linspace(0, len(texts) - 1, min(len(texts), MOST_ROWS)).astype(int))
    return find(texts.take(pa.array(rows)).combine_chunks())


def find(texts: pa.Array) -> dict[str, str]:
    """As `adapters_of`, of sequences as text."""
    flat, lengths = encoding.ragged_codes(texts)
    ends = np.cumsum(lengths)
    left = _shared(flat, ends - lengths, 1, lengths)
    right = _shared(flat, ends - 1, -1, lengths)[::-1]
    if len(left) + len(right) >= _shortest(lengths):
        return {"left": "", "right": ""}
    return {
        side: "".join(encoding.BASES[code] for code in codes) if len(codes) >= FEWEST else ""
        for side, codes in [("left", left), ("right", right)]
    }


def _shared(flat: np.ndarray, first: np.ndarray, step: int, lengths: np.ndarray) -> list[int]:
    """Codes of the longest stretch that nearly all have, from their first letters on."""
    codes: list[int] = []
    same = np.ones(len(lengths), bool)
    for number in range(_shortest(lengths)):
        letters = flat[first + step * number]
        code = int(np.bincount(letters[same], minlength=encoding.N).argmax())
        same &= letters == code
        if code >= encoding.N or same.mean() < NEARLY_ALL:
            break
        codes.append(code)
    return codes


def _shortest(lengths: np.ndarray) -> int:
    return int(lengths.min()) if len(lengths) else 0


def advice(adapters: Mapping[str, str]) -> str:
    """What they are, and what to write; "" where there are none. adapters: as of `find`."""
    ends = {"begin with": adapters["left"], "end with": adapters["right"]}
    shared = " and ".join(f"{how} {letters}" for how, letters in ends.items() if letters)
    if not shared:
        return ""
    flanks = ", ".join(f"{side}: {letters}" for side, letters in adapters.items() if letters)
    return (
        f"(nearly) all training sequences {shared}: {WHOLE_OLIGOS}. "
        "Windows of a genome and new designs lack these letters, and models misjudge them. Take "
        f"them out of the table and write `flanks: {{{flanks}}}` under `table`, or write "
        "`adapters: keep` there if they are part of every sequence that models are asked about"
    )


def refuse(questions: list[str], train: str | Path) -> None:
    """Raise InputError for questions that whole oligos cannot answer as they stand.

    questions: by their keys in the config. train: the file of training sequences.
    """
    if questions and (text := advice(adapters_of(train))):
        raise InputError(f"{questions[0]}: {text}")
