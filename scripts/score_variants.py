"""Predict a part of the checked variants with either allele, by the models of all seeds."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from seq2score.certainty import calibration
from seq2score.inference import shares
from seq2score.inference.prediction import Ensemble, load
from seq2score.models.devices import choose_device
from seq2score.variants.effects import score


def score_part(
    effects_of: Callable[[pa.Table], pa.Table],
    checked: str | Path,
    path: str | Path,
    part: int = 1,
    parts: int = 1,
) -> int:
    """Write effects of a part of the checked variants as Parquet; returns how many there are."""
    file = pq.ParquetFile(checked)
    schema = effects_of(file.read_row_group(0).slice(0, 1)).schema
    groups = shares.share(range(file.num_row_groups), part, parts)
    pieces = (effects_of(file.read_row_group(group)) for group in groups)
    return shares.write(path, schema, pieces)


if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    torch.set_num_threads(1)  # more can change the last bits
    device = choose_device(snakemake.params.device)
    ensemble = Ensemble([load(Path(path).parent, device) for path in snakemake.input.weights])
    checked = snakemake.input.checked
    part, parts = int(snakemake.wildcards.part), snakemake.params.parts
    found = [calibration.load(path) for path in snakemake.input.certainty]
    effects_of = partial(score, ensemble, found=found, level=snakemake.params.level)
    count = score_part(effects_of, checked, snakemake.output[0], part, parts)
    job.tell("%d variants scored", count)
