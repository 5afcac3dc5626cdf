# Datasets that a network learns together, one head each. They are joined to one, `a+b`, on which it
# is trained as on any other; then each dataset gets a model of its own, with its head alone.


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
        dataset=one_of(settings.joint),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(1500),
    params:
        code=code_of("check_joint"),
        settings=joint_check,
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
        dataset=one_of(settings.joint),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("join_datasets"),
        settings=lambda wildcards: {
            "datasets": settings.joint[wildcards.dataset].joined(),
            "reverse_complement": settings.joint[wildcards.dataset].reverse_complement,
        },
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
        model=one_of(name for joint in settings.joint.values() for name in joint.models),
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(1500),
    params:
        code=code_with_model("take_head"),
        settings=of_dataset(
            *("outputs", "score_transform", "alphabet", "length", "flanks", "weighing_replicates")
        ),
    script:
        "../../scripts/take_head.py"


ruleorder: take_head > train
