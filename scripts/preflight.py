"""Look at what models and questions need of a dataset's sequences, before any training."""

import json
from pathlib import Path

from seq2score import job
from seq2score.design import preflight as of_designs
from seq2score.splits import preflight
from seq2score.splits.parts import sequence_length

if __name__ == "__main__":
    job.start(snakemake)
    requests = json.loads(snakemake.resources.requests)
    sequences = snakemake.input.sequences
    preflight.refuse(requests, sequences, requests["outputs"])
    length, flanks = sequence_length(sequences), requests["rules"]["flanks"]
    of_designs.refuse(requests["designs"], length, flanks)
    Path(snakemake.output[0]).write_text(json.dumps(requests, indent=1), encoding="utf-8")
