"""Join what the models of all seeds predict, and how sure they are of it."""

import pyarrow.parquet as pq

from seq2score.certainty import calibration
from seq2score.certainty.certain import calibrate_ensemble, of_tables
from seq2score.inference.predictions import mean_of
from seq2score.sequences.encoding import encode
from seq2score.sequences.hashing import sequence_hashes

if __name__ == "__main__":
    from seq2score import job

    job.start(snakemake)
    input, output = snakemake.input, snakemake.output
    tables = {
        part: [pq.read_table(path) for path in input[part]]
        for part in ["test", "train", "validation", "calibration"]
    }
    members = [calibration.load(path) for path in input.certainty]
    held_out = members[0].about["basis"].split()[0]
    sequences = pq.read_table(input[f"{held_out}_rows"], columns=["sequence"])["sequence"]
    found = calibrate_ensemble(tables[held_out], sequence_hashes(encode(sequences)), members)
    calibration.save_to(found, output.certainty)
    pq.write_table(mean_of(tables.pop("train")), output.train, compression="zstd")
    for part, of_members in tables.items():
        joined = of_tables(of_members, found, snakemake.params.level)
        pq.write_table(joined, output[part], compression="zstd")
