"""Look at what models and questions need of a dataset's sequences, before any training."""

import json
from pathlib import Path

from seq2score import job
from seq2score.splits import preflight

if __name__ == "__main__":
    job.start(snakemake)
    requests = json.loads(snakemake.resources.requests)
    source = snakemake.input
    preflight.refuse(requests, source.sequences, requests["outputs"], source.train)
    Path(snakemake.output[0]).write_text(json.dumps(requests, indent=1), encoding="utf-8")
