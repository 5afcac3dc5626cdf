"""Join what the models of all seeds predict, and how sure they are of it."""

import pyarrow.parquet as pq

from seq2score import job
from seq2score.certainty import calibration
from seq2score.certainty.certain import join_members

if __name__ == "__main__":
    job.start(snakemake)
    source, output = snakemake.input, snakemake.output
    parts = ("test", "train", "validation", "calibration")
    tables = {part: [pq.read_table(path) for path in source[part]] for part in parts}
    held_out = {part: source[f"{part}_rows"] for part in ("calibration", "validation")}
    params = job.settings(snakemake)
    split = {**vars(params), "clusters": source.get("clusters")}
    joint, certainty = join_members(tables, source.certainty, held_out, params.level, split)
    calibration.save_to(certainty, output.certainty)
    for part, table in joint.items():
        pq.write_table(table, output[part], compression="zstd")
