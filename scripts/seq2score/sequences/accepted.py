"""What a model takes: sequences as text become its codes, by the rules of its training."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from seq2score.sequences import encoding

TELLING = 10  # letters of flanks that no insert has by chance


def accept(sequences: pa.Array, rules: Mapping) -> tuple[np.ndarray, list[str]]:
    """Sequences as a model takes them.

    Parameters
    ----------
    sequences
        Arrow strings.
    rules
        Of the record of a model: `input_length`, `length`, `alphabet` and, where its sequences
        stand in a construct, `flanks`.

    Returns
    -------
    encoded : ndarray
        uint8 (n, input length).
    problems : list of str
        What is wrong with each sequence, "" for nothing.
    """
    length = rules["input_length"]
    rule = {} if rules["length"] == "equal" else rules["length"]
    flat, lengths = encoding.ragged_codes(sequences, rules["alphabet"])
    foreign = np.zeros(len(lengths), dtype=bool)
    foreign[np.repeat(np.arange(len(lengths)), lengths)[flat == encoding.INVALID]] = True
    problems = [""] * len(lengths)
    shortest, longest = 1 if "pad" in rule else length, np.inf if "crop" in rule else length
    for i in np.flatnonzero((lengths < shortest) | (lengths > longest) | foreign).tolist():
        if not shortest <= lengths[i] <= longest:
            problems[i] = (
                f"has {lengths[i]} letters; the model takes {length}{_without(lengths[i], rules)}"
            )
        else:
            problems[i] = (
                f"holds another letter than {', '.join(encoding.ALLOWED[rules['alphabet']])}"
            )
    for i in _in_construct(sequences, lengths, rules):
        left, right = rules["flanks"]["left"], rules["flanks"]["right"]
        problems[i] = (
            "holds the flanks already, which the model puts around every sequence itself: "
            f"give what stands between {left or 'its beginning'} and {right or 'its end'}"
        )
    return encoding.to_width(flat, lengths, length, rule.get("pad", "right")), problems


def _without(letters: int, rules: Mapping) -> str:
    """That a sequence may lack its construct, where all that the model learned from had one."""
    ends = rules.get("constant_ends") or {"left": "", "right": ""}
    left, right = ends["left"], ends["right"]
    if letters + len(left) + len(right) != rules["input_length"] or not left + right:
        return ""
    return (
        f", {left or 'nothing'} before and {right or 'nothing'} behind an insert among them: "
        "is this the insert alone?"
    )


def _in_construct(sequences: pa.Array, lengths: np.ndarray, rules: Mapping) -> list[int]:
    """The sequences that begin and end with the flanks of the model's construct.

    An insert may do so by chance: one of the right length is an insert, and where lengths may
    differ, only long flanks tell.
    """
    flanks = rules.get("flanks") or {"left": "", "right": ""}
    left, right = flanks["left"].upper(), flanks["right"].upper()
    if not left and not right:
        return []
    longer = lengths > len(left) + len(right)
    if rules["length"] == "equal":
        longer &= lengths != rules["input_length"]
    elif len(left) + len(right) < TELLING:
        return []
    rows = np.flatnonzero(longer).tolist()
    texts = ((i, (sequences[i].as_py() or "").upper().replace("U", "T")) for i in rows)
    return [i for i, text in texts if text.startswith(left) and text.endswith(right)]
