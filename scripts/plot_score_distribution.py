"""Draw what scores there are, by motif and by part of the split."""

import numpy as np
import pyarrow.parquet as pq

from seq2score.figures import score_distribution, theme
from seq2score.task import TASKS

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    params = job.settings(snakemake)
    labels = params.labels
    columns = [*params.outputs, *(["motifs"] if params.is_synthetic else [])]
    tables = {p: pq.read_table(path, columns=columns) for p, path in snakemake.input.items()}
    part = np.repeat(list(tables), [len(table) for table in tables.values()])
    values = {c: np.concatenate([t[c].to_numpy() for t in tables.values()]) for c in columns}
    motifs = values.pop("motifs").astype(str) if params.is_synthetic else None
    if TASKS[params.task].labels:
        figure = score_distribution.draw_labels(values["score"].astype(str), part, labels["score"])
    else:
        named = {labels[name]: scores for name, scores in values.items()}
        figure = score_distribution.draw(named, part, motifs)
    theme.save(figure, snakemake.output[0])
