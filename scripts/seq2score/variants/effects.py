"""What models say that variants change."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.certainty import differences
from seq2score.certainty.assess import load_calibrated
from seq2score.certainty.calibration import Calibration
from seq2score.certainty.differences import UNMEASURED
from seq2score.certainty.pairs import compare
from seq2score.errors import InputError
from seq2score.inference import shares
from seq2score.inference.contrasts import NO_CONTRASTS, Contrasts
from seq2score.inference.prediction import Ensemble
from seq2score.sequences.encoding import BASES, N, reverse_complement
from seq2score.variants.rows import KEPT, VARIANT

PLACE = ["id", "chromosome", "position", "ref", "alt"]
FURTHER = ["note", "strand", "region"]
CERTAINTY = ["effect_lower", "effect_upper", "p_positive"]


def parts(record: Mapping) -> list[str]:
    """What tells the columns of a model's outputs or classes apart; one alone needs nothing."""
    names = record["classes"] or record["outputs"]
    return [f"_{name}" for name in names] if len(names) > 1 else [""]


def changes(before: np.ndarray, after: np.ndarray, classes: Sequence[str] | None) -> np.ndarray:
    """Effects on scores, the difference of predictions, or on classes, that of their log-odds.

    Predictions are float64 (..., outputs) or (..., classes), and so are the effects.
    """
    if not classes:
        return after - before
    odds = [np.log(p) - np.log(_others(p)) for p in (before, after)]
    return odds[1] - odds[0]


def _others(probability: np.ndarray) -> np.ndarray:
    """The probability of all other classes, (..., classes); summed, for 1 - p loses digits."""
    places = np.arange(probability.shape[-1])
    others = [probability[..., places != k].sum(axis=-1) for k in places]
    return np.maximum(np.stack(others, axis=-1), np.finfo(float).tiny)


def predict_alleles(
    model: Ensemble, references: np.ndarray, alternatives: np.ndarray, both: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What each member predicts for either allele.

    Where references repeat, as in a saturated region, they are predicted once.

    Parameters
    ----------
    model
        All its members.
    references, alternatives
        Encoded sequences, uint8 (n, length).
    both
        Where it is the mean over both strands that counts, bool (n,).

    Returns
    -------
    ndarray, ndarray
        float64 (members, n, outputs).
    """
    rows, again = _distinct(references)
    before = _predict(model, references[rows], both[rows])[:, again]
    return before, _predict(model, alternatives, both)


def _distinct(references: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows to predict, and for each row its place among them: all, or less than half of them."""
    new = np.ones(len(references), bool)
    new[1:] = (references[1:] != references[:-1]).any(axis=1)
    if 2 * new.sum() > len(new):
        new[:] = True
    return np.flatnonzero(new), np.cumsum(new) - 1


def _predict(model: Ensemble, encoded: np.ndarray, both: np.ndarray) -> np.ndarray:
    predicted = model.predict_each(encoded)
    if both.any():
        turned = model.predict_each(reverse_complement(encoded[both]))
        predicted[:, both] = (predicted[:, both] + turned) / 2
    return predicted


def certainty(
    calibration: Calibration,
    effect: np.ndarray,
    references: np.ndarray,
    alternatives: np.ndarray,
    level: float,
) -> np.ndarray:
    """Ends of the effects' intervals, and how likely each is above 0: float (3, n, outputs).

    As held-out pairs tell that lie as far apart (`certainty.differences`); NaN where there are too
    few of these.

    Parameters
    ----------
    calibration
        Of the model or, of several members, of their ensemble.
    effect
        Float64 (n, outputs).
    references, alternatives
        Encoded sequences, uint8 (n, length).
    level
        How often an interval is to hold the true effect.
    """
    letters, kind = compare(references, alternatives)
    return differences.judge(calibration.differences, effect, letters, kind, level)


def score(
    model: Ensemble,
    variants: pa.Table,
    calibrations: Sequence[Calibration] = (),
    level: float = 0.9,
    contrasts: Contrasts = NO_CONTRASTS,
) -> pa.Table:
    """Variants with predictions and effects.

    The mean over the members, the standard deviation between their effects, and of one output the
    columns `reference_prediction`, `alternative_prediction`, `effect`, `effect_sd`, `effect_lower`,
    `effect_upper` and `p_positive`; of several, or of classes (whose predictions are probabilities,
    and whose effects are changes of log-odds), these with `_NAME` each.

    Parameters
    ----------
    model
        That is asked.
    variants
        As `rows.VARIANT` has them.
    calibrations
        Of the model, the last one of all its members together, for intervals at `level`. There are
        none without, nor for classes, nor for the mean over both strands. `note` says where
        held-out pairs promise nothing.
    level
        How often an interval is to hold the true effect.
    contrasts
        Of the scores, each of which gets the same columns, with its name.
    """
    references, alternatives = (
        model.read(variants[which].combine_chunks())[0] for which in ("reference", "alternative")
    )
    both = np.array([mark == "both" for mark in variants["strand"].to_pylist()], bool)
    alleles = predict_alleles(model, references, alternatives, both)
    before, after = map(contrasts.extended, alleles)
    each = changes(before, after, model.record["classes"])
    known, note = np.full((3, *each.shape[1:]), np.nan), variants["note"]
    if calibrations and not model.record["classes"]:
        pair = references[~both], alternatives[~both]
        effect = each.mean(axis=0)[~both]
        known[:, ~both] = certainty(calibrations[-1], effect, *pair, level)
        note = _noted(note, np.isnan(known[0]).all(axis=1) & ~both)
    columns = {name: variants[name] for name in PLACE}
    names = [*parts(model.record), *(f"_{name}" for name in contrasts.names)]
    for k, part in enumerate(names):
        columns[f"reference_prediction{part}"] = before[:, :, k].mean(axis=0)
        columns[f"alternative_prediction{part}"] = after[:, :, k].mean(axis=0)
        columns[f"effect{part}"] = each[:, :, k].mean(axis=0)
        sd = each[:, :, k].std(axis=0, ddof=1) if len(each) > 1 else pa.nulls(len(variants))
        columns[f"effect_sd{part}"] = pa.array(sd, pa.float64())
        for name, values in zip(CERTAINTY, known[:, :, k], strict=True):
            columns[f"{name}{part}"] = pa.array(values, pa.float64(), mask=np.isnan(values))
    further = {name: variants[name] for name in FURTHER if name in variants.column_names}
    columns |= further | {"note": note}
    kept = [name for name in variants.column_names if name.startswith(KEPT)]
    return pa.table({**columns, **{name.removeprefix(KEPT): variants[name] for name in kept}})


def predict_effects(
    folder: str | Path,
    references: Sequence[str],
    alternatives: Sequence[str],
    level: float = 0.9,
    *,
    trust_code: bool = False,
) -> pa.Table:
    """What a trained model says that alternatives change, with intervals: `seq2score.effects`.

    Parameters
    ----------
    folder
        Of a model or of one seed, as `seq2score.load` takes it.
    references, alternatives
        Text, n each.
    level
        How often an interval is to hold the true effect.
    trust_code
        As for `seq2score.load`.

    Returns
    -------
    pyarrow.Table
        As `score` has its columns, from the predictions on.

    Raises
    ------
    InputError
        For a folder without a model or its calibration, and for the first sequence that the model
        cannot take.
    """
    model, calibrations = load_calibrated(folder, trust_code=trust_code)
    for texts in (references, alternatives):
        _, problems = model.read(pa.array(texts, pa.string()))
        if wrong := next(((i, text) for i, text in enumerate(problems) if text), None):
            raise InputError(f"sequence {wrong[0] + 1} {wrong[1]}")
    columns = {name: pa.nulls(len(references), VARIANT.field(name).type) for name in VARIANT.names}
    columns |= {"reference": pa.array(references), "alternative": pa.array(alternatives)}
    columns |= {"note": pa.array([""] * len(references))}
    scored = score(model, pa.table(columns), calibrations, level)
    return scored.drop_columns([*PLACE, "strand"])


def _noted(note: pa.ChunkedArray, unmeasured: np.ndarray) -> pa.Array:
    """Notes with what is said of effects without an interval. unmeasured: bool (n,)."""
    return pa.array(
        [
            "; ".join(filter(None, [text, UNMEASURED])) if lacks else text
            for text, lacks in zip(note.to_pylist(), unmeasured, strict=True)
        ],
        pa.string(),
    )


def score_part(
    effects_of: Callable[[pa.Table], pa.Table],
    checked: str | Path,
    path: str | Path,
    part: int = 1,
    parts: int = 1,
) -> int:
    """Write effects of a part of the checked variants as Parquet; returns how many there are.

    Parameters
    ----------
    effects_of
        From variants as they were checked to their effects.
    checked
        The file of the checked variants.
    path
        The file to write.
    part, parts
        Which part of how many, from 1.
    """
    file = pq.ParquetFile(checked)
    schema = effects_of(file.read_row_group(0).slice(0, 1)).schema
    groups = shares.share(range(file.num_row_groups), part, parts)
    pieces = (effects_of(file.read_row_group(group)) for group in groups)
    return shares.write(path, schema, pieces)


def at_random(encoded: np.ndarray, seed: int) -> np.ndarray:
    """Each sequence with one letter changed, at a random place, to another: uint8 (n, length).

    Places with N are left alone; a sequence of N stays as it is.
    """
    random = np.random.default_rng(seed)
    places = np.where(encoded < N, random.random(encoded.shape), -1).argmax(axis=1)
    mutants, rows = encoded.copy(), np.arange(len(encoded))
    step = random.integers(1, len(BASES), len(encoded), dtype=np.uint8)
    here = encoded[rows, places]
    mutants[rows, places] = np.where(here < N, (here + step) % len(BASES), here)
    return mutants


def first_difference(reference: str, alternative: str) -> int:
    """Where two sequences begin to differ, from 0."""
    pairs = enumerate(zip(reference, alternative, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(reference), len(alternative)) - 1)
