"""Predict a part of the checked variants with either allele, by the models of all seeds."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score.certainty import calibration
from seq2score.evaluation.prediction import Ensemble, load
from seq2score.models.devices import choose_device
from seq2score.variants.effects import score


def groups_of(part: int, parts: int, groups: int) -> range:
    """The groups of rows that a part (from 1) takes. Each is predicted alone, in any part."""
    return range((part - 1) * groups // parts, part * groups // parts)


def score_groups(
    effects_of: Callable[[pa.Table], pa.Table], checked: str | Path, groups: range, path: str | Path
) -> int:
    """Write effects of some groups of checked variants as Parquet; returns how many there are."""
    file = pq.ParquetFile(checked)
    schema = effects_of(file.read_row_group(0).slice(0, 1)).schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in groups:
            writer.write_table(effects_of(file.read_row_group(group)).cast(schema))
    return sum(file.metadata.row_group(group).num_rows for group in groups)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    device = choose_device(snakemake.params.device)
    ensemble = Ensemble([load(Path(path).parent, device) for path in snakemake.input.weights])
    checked = snakemake.input.checked
    part, parts = int(snakemake.wildcards.part), snakemake.params.parts
    groups = groups_of(part, parts, pq.ParquetFile(checked).num_row_groups)
    found = [calibration.load(path) for path in snakemake.input.certainty]
    effects_of = partial(score, ensemble, found=found, level=snakemake.params.level)
    count = score_groups(effects_of, checked, groups, snakemake.output[0])
    job.tell("%d variants scored", count)
