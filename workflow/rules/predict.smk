# New sequences, predicted by every model, with intervals and novelty.


rule predict_new:
    input:
        weights=of_seeds("model.safetensors"),
        descriptions=of_seeds("model.json"),
        new=lambda wildcards: stored(sources.files(question("predict", wildcards).plain())),
        certainty=of_seeds("calibration.safetensors", runs),
        looked=looked_for("predict"),
    output:
        "<results>/{dataset}/{model}/predict/{name}.{format}",
    log:
        "<logs>/predict_new/{dataset}.{model}.{name}.{format}.log",
    benchmark:
        "<benchmarks>/predict_new/{dataset}.{model}.{name}.{format}.jsonl"
    wildcard_constraints:
        name=named("predict", lambda request: request.parts == 1),
        format="tsv|parquet",
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=gpus,
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=lambda wildcards: code_of_model(
            "predict_new",
            settings.models[wildcards.model].families,
            *sources.modules(question("predict", wildcards).plain()),
        ),
        settings=lambda wildcards: {
            "new": question("predict", wildcards).plain(),
            "level": settings.level,
            "device": settings.device,
        },
    script:
        "../../scripts/predict_new.py"


# A part of the same, where a set is spread over jobs. A part that died is predicted again alone.
use rule predict_new as predict_new_in_parts with:
    output:
        temp("<results>/{dataset}/{model}/predict/{name}.part{part}.parquet"),
    log:
        "<logs>/predict_new_in_parts/{dataset}.{model}.{name}.part{part}.log",
    benchmark:
        "<benchmarks>/predict_new_in_parts/{dataset}.{model}.{name}.part{part}.jsonl"
    wildcard_constraints:
        name=named("predict", lambda request: request.parts > 1),
        part=r"\d+",


rule gather_predictions:
    input:
        lambda wildcards: [
            f"<results>/{{dataset}}/{{model}}/predict/{{name}}.part{part}.parquet"
            for part in range(1, question("predict", wildcards).parts + 1)
        ],
    output:
        "<results>/{dataset}/{model}/predict/{name}.{format}",
    log:
        "<logs>/gather_predictions/{dataset}.{model}.{name}.{format}.log",
    benchmark:
        "<benchmarks>/gather_predictions/{dataset}.{model}.{name}.{format}.jsonl"
    wildcard_constraints:
        name=named("predict", lambda request: request.parts > 1),
        format="tsv|parquet",
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code_of("gather_predictions"),
    script:
        "../../scripts/gather_predictions.py"
