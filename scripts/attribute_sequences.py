"""What each letter of each sequence contributes to what a model, or its ensemble, predicts."""

import logging
from pathlib import Path

from seq2score import job
from seq2score.attributions.explaining import Attribution
from seq2score.models.devices import choose_device, use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, output, params = snakemake.input, snakemake.output, job.settings(snakemake)
    request, device = {**params.request, "method": params.method}, choose_device(params.device)
    folder = Path(source.weights[0]).parents[1]
    attribution = Attribution.open(folder, request, source.sequences, device)
    if part := snakemake.wildcards.get("part"):
        count = attribution.write_part(output[0], int(part), params.parts)
    else:
        count = attribution.write(output)
    logging.info(
        "%s of %d sequences to %s, from %d dinucleotide shuffles each (seed %d)",
        *(params.method, count, attribution.output, request["references"], request["seed"]),
    )
