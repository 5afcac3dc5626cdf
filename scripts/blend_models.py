"""Join trained models in one, each by the weight that the validation set gives it.

Never reads the test set.
"""

from seq2score import job, tables
from seq2score.evaluation.ranking import blend_scores
from seq2score.inference.blends import blend
from seq2score.inference.prediction import load_members
from seq2score.models.devices import use_one_thread

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, params, output = snakemake.input, job.settings(snakemake), snakemake.output
    members, replicates = load_members(params.members, source.weights), params.weighing_replicates
    blended = blend(members, source.train, source.validation, params.weight, replicates)
    blended.predictor.record["model"] = snakemake.wildcards.model
    metric, scores = blend_scores(blended, source.validation)
    blended.trained.save(output.weights, output.description, output.history)
    tables.write(blended.member_rows(metric, scores), output.members)
    job.tell("%s; validation %s %.4g", blended.shares, metric, scores[-1])
