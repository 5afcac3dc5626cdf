"""Put the parts of scored variants together, and pick out what figures show of them."""

import shutil

import pyarrow.parquet as pq

from seq2score import job, tables
from seq2score.inference.prediction import load_seeds
from seq2score.models.devices import choose_device, use_one_thread
from seq2score.variants.gathering import COMPARED, gather_variants

if __name__ == "__main__":
    job.start(snakemake)
    params = job.settings(snakemake)
    use_one_thread()
    source, output, section = snakemake.input, snakemake.output, params.variants
    if section["format"] == "vcf":
        section = section | {"path": source.calls[0]}
    ensemble = load_seeds(source.weights, choose_device(params.device))
    gathered = gather_variants(ensemble, section, source.parts, source.checked, output.effects)
    shutil.copyfile(source.rejected, output.rejected)
    pq.write_table(gathered.points, output.points, compression="zstd")
    tables.write(gathered.contexts, output.contexts)
    tables.write(gathered.measured, output.measured, columns=COMPARED)
    job.tell(gathered.message)
