"""A few sequences that anyone can score by hand, to hold a model's predictions against."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pyarrow as pa

from seq2score.inference.prediction import Predictor
from seq2score.inference.predictions import columns
from seq2score.sequences import synthetic
from seq2score.sequences.encoding import BASES, decode, encode
from seq2score.sequences.synthetic import occurrences

PER_KIND = 3
TRIES = 500


def sequences(length: int, motifs: Sequence[str], seed: int = 17) -> list[tuple[str, str]]:
    """Sequences of one letter only, without a motif, with each one, and with each two.

    Motifs are put at random places of random letters that hold no other motif. A kind that cannot
    be had (two motifs may need more room than there is) is left out.

    Parameters
    ----------
    length
        Letters of each.
    motifs
        In the letters A, C, G and T.
    seed
        Of letters and places.

    Returns
    -------
    list of tuple
        What kind it is, and the sequence; three of a kind at most.
    """
    random = np.random.default_rng(seed)
    kinds: dict[str, tuple[str, ...]] = {"plain": ()}
    kinds |= {f"with {a}": (a,) for a in motifs}
    kinds |= {f"with {a} and {b}": (a, b) for a, b in combinations(motifs, 2)}
    chosen_ = [(f"poly-{base}", base * length) for base in BASES]
    for kind, planted in kinds.items():
        encoded = _plant(random.integers(4, size=(TRIES, length), dtype=np.uint8), planted, random)
        fits = [occurrences(encoded, motif) == (motif in planted) for motif in motifs]
        chosen = encoded[np.all(fits, axis=0)] if fits else encoded
        chosen_ += [
            (kind, sequence) for sequence in dict.fromkeys(decode(chosen)[:PER_KIND].tolist())
        ]
    return chosen_


def check_spots(predictor: Predictor, rule: Mapping) -> list[dict]:
    """What a rule and a model say of sequences that anyone can score by hand.

    Parameters
    ----------
    predictor
        Trained on sequences of the rule.
    rule
        A `synthetic` section.

    Returns
    -------
    list of dict
        kind, sequence, score (by the rule), prediction, and error, which of a class is 0 where it
        is the right one, else 1.
    """
    kinds, texts = zip(*sequences(rule["length"], [*rule["motif_effects"]]), strict=True)
    encoded, record = encode(texts), predictor.record
    predictions = columns(predictor.predict(encoded), record["outputs"], record["classes"])
    predicted = np.asarray(predictions["prediction"])
    if record["classes"]:
        score = synthetic.classes(encoded, rule["motif_effects"])
        error = (predicted != score).astype(int)
    else:
        score = synthetic.scores(encoded, rule)
        error = predicted - score
    rows = {"kind": kinds, "sequence": texts, "score": score}
    return pa.table({**rows, "prediction": predicted, "error": error}).to_pylist()


def _plant(encoded: np.ndarray, motifs: Sequence[str], random: np.random.Generator) -> np.ndarray:
    """The codes with each motif written over letters at a random place; it may hit another one."""
    rows = np.arange(len(encoded))[:, None]
    for motif in motifs:
        starts = random.integers(encoded.shape[1] - len(motif) + 1, size=(len(encoded), 1))
        encoded[rows, starts + np.arange(len(motif))] = encode([motif])[0]
    return encoded
