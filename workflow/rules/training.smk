# One network a dataset, model and seed. Training reads the train and validation sets only.


rule train:
    input:
        unpack(training_inputs),
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
    output:
        weights="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
        history="<results>/{dataset}/{model}/seed{seed}/history.tsv",
    log:
        "<logs>/train/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/train/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        # Datasets that are learned together are learned as one.
        dataset=one_of([*settings.datasets, *settings.joint]),
        model=one_of(settings.trained),
    conda:
        "../../envs/model.yaml"
    threads: lambda wildcards: settings.models[wildcards.model].training.threads
    resources:
        # What is computed with, however far `--cores` scales `threads` down: more threads can
        # change the last bits. A resource, because no result should be made again for it.
        compute_threads=lambda wildcards: settings.models[wildcards.model].training.threads,
        gpu=lambda wildcards: gpus * settings.models[wildcards.model].training.gpus,
        mem_mb=lambda wildcards, input, attempt: (
            attempt * int(1500 + min(20 * input.size_mb, 16000))
        ),
        # Minutes. A training that is cut short goes on from its last epoch when tried again.
        runtime=growing(60),
    params:
        code=code_with_model("train"),
        settings=lambda wildcards: settings.for_train(**wildcards),
    script:
        "../../scripts/train.py"


rule export_onnx:
    input:
        weights="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
    output:
        "<results>/{dataset}/{model}/seed{seed}/model.onnx",
    log:
        "<logs>/export_onnx/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/export_onnx/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/export.yaml"
    resources:
        mem_mb=growing(1500),
    params:
        code=code_with_model("export_onnx"),
    script:
        "../../scripts/export_onnx.py"


targets += [
    f"<results>/{dataset}/{model}/{run}/model.safetensors"
    for dataset, details in settings.datasets.items()
    for model in details.models
    for run in seeded
]
# Of a blend, its networks: what has no gradients has no such format.
targets += [
    f"<results>/{dataset}/{exported}/{run}/model.onnx"
    for dataset, details in settings.datasets.items()
    for model in details.models
    for exported in settings.blends.get(model, [model])
    for run in seeded
    if settings.export == "onnx" and settings.models[exported].family.is_network
]
