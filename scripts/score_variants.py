"""Predict a part of the checked variants with either allele, by the models of all seeds."""

from functools import partial

from seq2score import job
from seq2score.certainty.assess import CalibratedModel
from seq2score.inference.contrasts import Contrasts
from seq2score.models.devices import choose_device, use_one_thread
from seq2score.variants.effects import score, score_part

if __name__ == "__main__":
    job.start(snakemake)
    use_one_thread()
    source, params = snakemake.input, job.settings(snakemake)
    device = choose_device(params.device)
    model = CalibratedModel.of_files(source.weights, source.certainty, params.level, device)
    record = model.model.record
    contrasts = Contrasts.of(params.contrasts, record["outputs"], record["score_transform"])
    calibrated = {"calibrations": model.calibrations, "level": model.level}
    effects_of = partial(score, model.model, **calibrated, contrasts=contrasts)
    part = int(snakemake.wildcards.part)
    count = score_part(effects_of, source.checked, snakemake.output[0], part, params.parts)
    job.tell("%d variants scored", count)
