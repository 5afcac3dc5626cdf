"""Measure predictions: on the test set with intervals, on the train and validation set without."""

import pyarrow.parquet as pq

from seq2score import job
from seq2score.certainty.evaluate import evaluate_model
from seq2score.evaluation.evaluate import headline, write_json
from seq2score.evaluation.resampling import units_in_files
from seq2score.splits.relatives import unrelated_rows

if __name__ == "__main__":
    job.start(snakemake)
    source, params = snakemake.input, job.settings(snakemake)
    test = pq.read_table(source.test)
    units = units_in_files(test, source, params.split, params.reverse_complement)
    related, both_strands = pq.read_table(source.relatives), params.reverse_complement != "none"
    unrelated = unrelated_rows(test, related, both_strands)
    metrics = evaluate_model(dict(source.items()), test, units, unrelated, vars(params))
    job.tell(headline(metrics))
    write_json(metrics, snakemake.output[0])
