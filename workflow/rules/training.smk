# One network a dataset, model and seed. Training reads the train and validation sets only.

# Datasets that are learned together are learned as one, which has the scores of all.
learned = settings["datasets"] | settings["joint"]


rule train:
    input:
        unpack(start_inputs),
        unpack(chosen_values),
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
        dataset=one_of(learned),
        model=one_of(settings["trained"]),
    conda:
        "../../envs/model.yaml"
    threads: lookup(dpath="models/{model}/training/threads", within=settings)
    resources:
        # What is computed with, however far `--cores` scales `threads` down: more threads can
        # change the last bits. A resource, because no result should be made again for it.
        compute_threads=lookup(dpath="models/{model}/training/threads", within=settings),
        gpu=lambda wildcards: gpus * settings["models"][wildcards.model]["training"]["gpus"],
        mem_mb=lambda wildcards, input, attempt: (
            attempt * int(1500 + min(20 * input.size_mb, 16000))
        ),
        # Minutes. A training that is cut short goes on from its last epoch when tried again.
        runtime=growing(60),
    params:
        code=lambda wildcards: code_of_model("train", settings["models"][wildcards.model]),
        task=lookup(dpath="{dataset}/task", within=learned),
        reverse_complement=lookup(dpath="{dataset}/reverse_complement", within=learned),
        outputs=lookup(dpath="{dataset}/outputs", within=learned),
        score_transform=lookup(
            dpath="{dataset}/table/score_transform", within=learned, default="none"
        ),
        weight=lookup(dpath="{dataset}/table/weight", within=learned, default=None),
        weighing_replicates=lookup(dpath="{dataset}/weighing_replicates", within=learned),
        inputs=lookup(dpath="{dataset}/table/inputs", within=learned, default={}),
        at=lookup(dpath="{dataset}/table/at", within=learned, default={}),
        alphabet=lookup(dpath="{dataset}/table/alphabet", within=learned, default="dna"),
        length=lookup(dpath="{dataset}/table/length", within=learned, default="equal"),
        flanks=lookup(
            dpath="{dataset}/table/flanks",
            within=learned,
            default=configuration.datasets.BARE,
        ),
        heads=lookup(dpath="{dataset}/heads", within=learned, default={}),
        architecture=lookup(dpath="models/{model}/architecture", within=settings),
        options=lookup(dpath="models/{model}/options", within=settings),
        training=lambda wildcards: {
            key: value
            for key, value in settings["models"][wildcards.model]["training"].items()
            if key != "threads"
        },
        start_from=lambda wildcards: (
            {
                "folder": start.of_seed(wildcards.seed).replace("<results>", settings["results"]),
                "freeze": start.freeze,
                **({"lower_layers": start.lower_layers} if start.lower_layers < 1 else {}),
            }
            if (start := settings["starts"].get(wildcards.model))
            else None
        ),
        device=settings["device"],
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
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of_model("export_onnx", settings["models"][wildcards.model]),
    script:
        "../../scripts/export_onnx.py"


targets += [
    f"<results>/{dataset}/{model}/seed{seed}/model.safetensors"
    for dataset in settings["datasets"]
    for model in settings["datasets"][dataset]["models"]
    for seed in settings["seeds"]
]
# Of a blend, its networks: what has no gradients has no such format.
targets += [
    f"<results>/{dataset}/{exported}/seed{seed}/model.onnx"
    for dataset in settings["datasets"]
    for model in settings["datasets"][dataset]["models"]
    for exported in settings["blends"].get(model, [model])
    for seed in settings["seeds"]
    if settings["export"] == "onnx" and settings["models"][exported]["is_network"]
]
