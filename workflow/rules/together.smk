# Datasets that a network learns together, one head each. They are joined to one, `a+b`, on which it
# is trained as on any other; then each dataset gets a model of its own, with its head alone.

together = [model for joint in settings["joint"].values() for model in joint["models"]]


rule check_joint:
    input:
        unpack(files_joined("train", "validation", "test")),
    output:
        "<results>/{dataset}/checked.{digest}.tsv",
    log:
        "<logs>/check_joint/{dataset}.{digest}.log",
    benchmark:
        "<benchmarks>/check_joint/{dataset}.{digest}.jsonl"
    wildcard_constraints:
        dataset=one_of(settings["joint"]),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=code_of("check_joint"),
        datasets=lambda wildcards: list(settings["joint"][wildcards.dataset]["members"]),
        leaks=lookup(dpath="joint/{dataset}/leaks", within=settings),
        reverse_complement=lookup(dpath="joint/{dataset}/reverse_complement", within=settings),
    script:
        "../../scripts/check_joint.py"


rule join_datasets:
    input:
        unpack(files_joined("train", "validation")),
        unpack(tests_joined),
        verdict=checked_joint,
    output:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        summary="<results>/{dataset}/splits/summary.tsv",
    log:
        "<logs>/join_datasets/{dataset}.log",
    benchmark:
        "<benchmarks>/join_datasets/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(settings["joint"]),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code_of("join_datasets"),
        datasets=lookup(dpath="joint/{dataset}/members", within=settings),
        reverse_complement=lookup(dpath="joint/{dataset}/reverse_complement", within=settings),
    script:
        "../../scripts/join_datasets.py"


rule take_head:
    input:
        unpack(joint_network),
        train="<results>/{dataset}/splits/train.parquet",
    output:
        weights="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
        history="<results>/{dataset}/{model}/seed{seed}/history.tsv",
    log:
        "<logs>/take_head/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/take_head/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(together),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of_model("take_head", settings["models"][wildcards.model]),
        about=lambda wildcards: {
            "outputs": settings["datasets"][wildcards.dataset]["outputs"],
            **{
                key: settings["datasets"][wildcards.dataset].get("table", {}).get(key, default)
                for key, default in {
                    "score_transform": "none",
                    **configuration.datasets.RULES,
                }.items()
            },
        },
        weighing_replicates=lookup(dpath="datasets/{dataset}/weighing_replicates", within=settings),
    script:
        "../../scripts/take_head.py"


ruleorder: take_head > train
