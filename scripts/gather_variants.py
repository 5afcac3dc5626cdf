"""Put the parts of scored variants together, and pick out what figures show of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score import tables
from seq2score.inference import shares
from seq2score.inference.prediction import Ensemble, load
from seq2score.models.devices import choose_device
from seq2score.motifs import mutagenesis
from seq2score.sequences.encoding import BASES
from seq2score.sequences.sources import open_source
from seq2score.variants import effects, measured
from seq2score.variants.annotate import annotate

TOP = 6
CONTEXT = 20  # letters at either side of a variant that a figure shows
MOST_POINTS = 20_000
RANDOM = 2_000
COMPARED = ["output", "metric", "n", "value", "low", "high", "about"]


class Seen:
    """What is kept of the variants that pass by: a few points, the strongest, what was measured."""

    def __init__(self, rows: int, parts: list[str]):
        self.parts, self.passed = parts, 0
        self.step = max(1, -(-rows // MOST_POINTS))
        self.points, self.measured, self.each = [], [], []
        self.top = []

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

    def at_random(self, ensemble: Ensemble, codes: np.ndarray) -> None:
        """Add what random changes of the same sequences do."""
        before, after = effects.predict_alleles(
            ensemble, codes, effects.at_random(codes, 17), np.zeros(len(codes), bool)
        )
        each = effects.changes(before, after, ensemble.record["classes"]).mean(axis=0)
        self.points += [{"kind": "random", **self._point(row), "measured": None} for row in each]


def compare(seen: Seen, outputs: list[str]) -> list[dict]:
    """How predicted effects agree with those that were measured."""
    if not seen.measured:
        return []
    each = np.concatenate(seen.each)
    return [
        row
        for k, output in enumerate(outputs)
        for row in measured.compare(each[:, k], seen.measured, output)
    ]


def contexts(ensemble: Ensemble, rows: list[dict], outputs: list[str]) -> list[dict]:
    """What each letter near the strongest variants contributes, with either allele.

    rows: as checked, with `effect` and `output` (its number). Returns a row a position.
    """
    told = []
    for rank, row in enumerate(rows, 1):
        place = effects.first_difference(row["reference"], row["alternative"])
        for allele in ("reference", "alternative"):
            codes, _ = ensemble.read(pa.array([row[allele]], pa.string()))
            low = max(0, place - CONTEXT)
            high = min(codes.shape[1], place + CONTEXT + 1)

            def predict(batch, k=row["output"]):
                return ensemble.predict_each(batch).mean(axis=0)[:, k]

            change = mutagenesis.changes(predict, codes)
            share = mutagenesis.attribution(change)[0]
            told += [
                {
                    **{"rank": rank, "id": row["id"], "output": outputs[row["output"]]},
                    **{"effect": row["effect"], "allele": allele, "position": i + 1},
                    **{"letter": (BASES + "N")[codes[0, i]], "contribution": share[i]},
                    "variant": int(i == place),
                }
                for i in range(low, high)
            ]
    return told


def paired(parts: list[str], checked: pq.ParquetFile) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Each group of rows, as scored and as checked."""
    for group, scored in enumerate(shares.gathered(parts)):
        yield scored, checked.read_row_group(group)


def strongest(seen: Seen, parts: list[str], checked: pq.ParquetFile) -> list[dict]:
    """The strongest variants as they were checked, with their effect and its output."""
    rows, start = {}, 0
    wanted = [row for _, row in seen.top]
    for scored, about in paired(parts, checked):
        for row in (r for r in wanted if start <= r < start + len(about)):
            each = [scored[f"effect{part}"][row - start].as_py() for part in seen.parts]
            output = int(np.abs(each).argmax())
            rows[row] = about.slice(row - start, 1).to_pylist()[0] | {
                "effect": each[output],
                "output": output,
            }
        start += len(about)
    return [rows[row] for row in wanted]


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    files, output, section = snakemake.input, snakemake.output, snakemake.params.variants
    if section["format"] == "vcf":
        section = section | {"path": files.calls[0]}
    device = choose_device(snakemake.params.device)
    ensemble = Ensemble([load(Path(path).parent, device) for path in files.weights])
    outputs = ensemble.record["classes"] or ensemble.record["outputs"]
    checked, parts = pq.ParquetFile(files.checked), [*files.parts]
    seen = Seen(checked.metadata.num_rows, effects.parts(ensemble.record))

    for scored, about in paired(parts, checked):
        seen.add(scored, about)
    if section["format"] == "vcf":
        rows = (s.append_column("record", about["record"]) for s, about in paired(parts, checked))
        annotate(open_source(section), rows, output.effects)
    else:
        for _ in shares.gather(parts, output.effects):
            pass
    shutil.copyfile(files.rejected, output.rejected)

    groups = np.unique(np.linspace(0, checked.num_row_groups - 1, 8).astype(int)).tolist()
    drawn = checked.read_row_groups(groups, columns=["reference"])["reference"].combine_chunks()
    rows = np.unique(np.linspace(0, len(drawn) - 1, RANDOM).astype(int))
    seen.at_random(ensemble, ensemble.read(drawn.take(pa.array(rows)))[0])
    pq.write_table(pa.Table.from_pylist(seen.points), output.points, compression="zstd")
    chosen = strongest(seen, parts, checked)
    tables.write(contexts(ensemble, chosen, outputs), output.contexts)
    tables.write(compare(seen, outputs), output.measured, columns=COMPARED)
    strong = f"; the strongest is {chosen[0]['id']}, {chosen[0]['effect']:+.3g}"
    job.tell("%d variants%s", seen.passed, strong)
