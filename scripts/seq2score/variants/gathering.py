"""Parts of scored variants put together, and what figures show of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from seq2score.inference import shares
from seq2score.inference.prediction import Ensemble
from seq2score.motifs import mutagenesis
from seq2score.sequences.encoding import BASES
from seq2score.sequences.vcf import Vcf
from seq2score.variants import effects, measured
from seq2score.variants.annotate import annotate

TOP = 6
CONTEXT = 20  # letters at either side of a variant that a figure shows
MOST_POINTS = 20_000
RANDOM = 2_000
COMPARED = ["output", "metric", "n", "value", "low", "high", "about"]


class Selection:
    """What is kept of the variants that pass by: a few points, the strongest, what was measured."""

    def __init__(self, rows: int, parts: list[str]):
        self.parts, self.passed = parts, 0
        self.step = max(1, -(-rows // MOST_POINTS))
        self.points: list[dict] = []
        self.measured: list[str] = []
        self.each: list[np.ndarray] = []  # effects of those that were measured
        self.top: list[tuple[float, int]] = []  # the strongest: minus their strength, and row

    def add(self, scored: pa.Table, checked: pa.Table) -> None:
        """Look at scored variants, and at the same rows as they were checked."""
        effect = np.stack([scored[f"effect{part}"].to_numpy() for part in self.parts], axis=1)
        strength = np.abs(effect).max(axis=1)
        strongest = np.argsort(-strength, kind="stable")[:TOP]
        self.top += [(-strength[i], self.passed + int(i)) for i in strongest]
        self.top = sorted(self.top)[:TOP]
        rows = np.arange(self.passed, self.passed + len(scored))
        for i in np.flatnonzero(rows % self.step == 0):
            self.points.append({"kind": "variant", **self._point(effect[i])})
            self.points[-1]["measured"] = checked["measured"][int(i)].as_py()
        known = np.flatnonzero(checked["measured"].is_valid().to_numpy())
        self.measured += checked["measured"].take(pa.array(known)).to_pylist()
        self.each.append(effect[known])
        self.passed += len(scored)

    def _point(self, effect: np.ndarray) -> dict:
        return {f"effect{part}": float(e) for part, e in zip(self.parts, effect, strict=True)}

    def at_random(self, ensemble: Ensemble, encoded: np.ndarray) -> None:
        """Add what random changes of the same sequences do."""
        before, after = effects.predict_alleles(
            ensemble, encoded, effects.at_random(encoded, 17), np.zeros(len(encoded), bool)
        )
        each = effects.changes(before, after, ensemble.record["classes"]).mean(axis=0)
        self.points += [{"kind": "random", **self._point(row), "measured": None} for row in each]


def compare(selection: Selection, outputs: Sequence[str]) -> list[dict]:
    """How predicted effects agree with those that were measured."""
    if not selection.measured:
        return []
    each = np.concatenate(selection.each)
    return [
        row
        for k, output in enumerate(outputs)
        for row in measured.compare(each[:, k], selection.measured, output)
    ]


def contexts(ensemble: Ensemble, rows: list[dict], outputs: Sequence[str]) -> list[dict]:
    """What each letter near the strongest variants contributes, with either allele: a row each.

    Parameters
    ----------
    ensemble
        That is asked.
    rows
        Variants as checked, with `effect` and `output` (its number).
    outputs
        Names of the outputs.
    """
    positions: list[dict] = []
    for rank, row in enumerate(rows, 1):
        position = effects.first_difference(row["reference"], row["alternative"])
        for allele in ("reference", "alternative"):
            encoded, _ = ensemble.read(pa.array([row[allele]], pa.string()))
            low = max(0, position - CONTEXT)
            high = min(encoded.shape[1], position + CONTEXT + 1)

            def predict(batch: np.ndarray, k: int = row["output"]) -> np.ndarray:
                return ensemble.predict_each(batch).mean(axis=0)[:, k]

            change = mutagenesis.changes(predict, encoded)
            share = mutagenesis.attribution(change)[0]
            positions += [
                {
                    **{"rank": rank, "id": row["id"], "output": outputs[row["output"]]},
                    **{"effect": row["effect"], "allele": allele, "position": i + 1},
                    **{"letter": (BASES + "N")[encoded[0, i]], "contribution": share[i]},
                    "variant": int(i == position),
                }
                for i in range(low, high)
            ]
    return positions


def paired(
    parts: Sequence[str | Path], checked: pq.ParquetFile
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Each group of rows, as scored and as checked."""
    for group, scored in enumerate(shares.gathered(parts)):
        yield scored, checked.read_row_group(group)


def strongest(
    selection: Selection, parts: Sequence[str | Path], checked: pq.ParquetFile
) -> list[dict]:
    """The strongest variants as they were checked, with their effect and its output."""
    rows, start = {}, 0
    strongest_rows = [row for _, row in selection.top]
    for scored, checked_rows in paired(parts, checked):
        for row in (r for r in strongest_rows if start <= r < start + len(checked_rows)):
            each = [scored[f"effect{part}"][row - start].as_py() for part in selection.parts]
            output = int(np.abs(each).argmax())
            rows[row] = checked_rows.slice(row - start, 1).to_pylist()[0] | {
                "effect": each[output],
                "output": output,
            }
        start += len(checked_rows)
    return [rows[row] for row in strongest_rows]


@dataclass(frozen=True)
class Gathered:
    """What figures show of variants: points, contexts of the strongest, and what was measured."""

    count: int
    points: pa.Table
    contexts: list[dict]
    measured: list[dict]
    strongest: dict

    @property
    def message(self) -> str:
        """How many there are, and which is the strongest."""
        effect = self.strongest["effect"]
        return f"{self.count} variants; the strongest is {self.strongest['id']}, {effect:+.3g}"


def gather_variants(
    ensemble: Ensemble,
    section: Mapping,
    parts: Sequence[str | Path],
    checked: str | Path,
    path: str | Path,
) -> Gathered:
    """Put the parts of scored variants together.

    Parameters
    ----------
    ensemble
        That was asked.
    section
        A `variants` section of the config; with `format: vcf`, its `path` is annotated.
    parts
        Files of scored variants.
    checked
        The file of the variants as they were checked.
    path
        The file to write.
    """
    rows = pq.ParquetFile(checked)
    selection = Selection(rows.metadata.num_rows, effects.parts(ensemble.record))
    for scored, as_checked in paired(parts, rows):
        selection.add(scored, as_checked)
    _write(section, parts, rows, path)
    selection.at_random(ensemble, _references(ensemble, rows))
    chosen = strongest(selection, parts, rows)
    outputs = ensemble.record["classes"] or ensemble.record["outputs"]
    return Gathered(
        count=selection.passed,
        points=pa.Table.from_pylist(selection.points),
        contexts=contexts(ensemble, chosen, outputs),
        measured=compare(selection, outputs),
        strongest=chosen[0],
    )


def _write(
    section: Mapping, parts: Sequence[str | Path], checked: pq.ParquetFile, path: str | Path
) -> None:
    """Write all effects as a table, or as what VCF says of its records."""
    if section["format"] == "vcf":
        rows = (s.append_column("record", of["record"]) for s, of in paired(parts, checked))
        annotate(Vcf(Path(section["path"])), rows, path)
    else:
        for _ in shares.gather(parts, path):
            pass


def _references(ensemble: Ensemble, checked: pq.ParquetFile) -> np.ndarray:
    """Codes of some windows without their variant, uint8 (n, length)."""
    groups = np.unique(np.linspace(0, checked.num_row_groups - 1, 8).astype(int)).tolist()
    texts = checked.read_row_groups(groups, columns=["reference"])["reference"].combine_chunks()
    rows = np.unique(np.linspace(0, len(texts) - 1, RANDOM).astype(int))
    return ensemble.read(texts.take(pa.array(rows)))[0]
