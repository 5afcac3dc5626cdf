"""Look at what models and questions need of a dataset's sequences, before any training."""

import json
from pathlib import Path

from seq2score import job
from seq2score.design import preflight as of_designs
from seq2score.sequences.adapters import adapters_of
from seq2score.splits import preflight
from seq2score.splits.parts import sequence_length

if __name__ == "__main__":
    job.start(snakemake)
    requests = json.loads(snakemake.resources.requests)
    source, flanks = snakemake.input, requests["rules"]["flanks"]
    preflight.refuse(requests, source.sequences, requests["outputs"], source.train)
    ends = adapters_of(source.train) if requests["adapters"] == "keep" else {}
    of_designs.refuse(requests["designs"], sequence_length(source.sequences), flanks, ends)
    Path(snakemake.output[0]).write_text(json.dumps(requests, indent=1), encoding="utf-8")
