# Models made of others. The members are trained as models of their own, and stop at validation; the
# blend is then evaluated as every other model is.


# Says what a budget comes to, before it is spent. Seconds differ from run to run: nothing is made
# from them, and nothing is made again for them.
rule estimate_cost:
    input:
        train=ancient("<results>/{dataset}/splits/train.parquet"),
        validation=ancient("<results>/{dataset}/splits/validation.parquet"),
    output:
        "<results>/{dataset}/{model}/cost.tsv",
    log:
        "<logs>/estimate_cost/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/estimate_cost/{dataset}.{model}.jsonl"
    wildcard_constraints:
        model=one_of(settings.blends),
    priority: 10
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_with_model("estimate_cost"),
        settings=lambda wildcards: {
            "members": {
                name: member.described()
                for name, member in settings.models[wildcards.model].members.items()
            },
            "seeds": len(settings.seeds),
            **settings.datasets[wildcards.dataset].facts("flanks"),
        },
    script:
        "../../scripts/estimate_cost.py"


rule blend_models:
    input:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        weights=lambda wildcards: [
            f"<results>/{{dataset}}/{member}/seed{{seed}}/model.safetensors"
            for member in settings.blends[wildcards.model]
        ],
        descriptions=lambda wildcards: [
            f"<results>/{{dataset}}/{member}/seed{{seed}}/model.json"
            for member in settings.blends[wildcards.model]
        ],
    output:
        weights="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
        history="<results>/{dataset}/{model}/seed{seed}/history.tsv",
        members=in_report(
            "<results>/{dataset}/{model}/seed{seed}/members.tsv",
            "members",
            "3. Evaluation",
            "members of a blend, a table",
        ),
    log:
        "<logs>/blend_models/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/blend_models/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(settings.blends),
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * int(2000 + 20 * input.size_mb),
        runtime=growing(30),
    params:
        code=code_with_model("blend_models"),
        settings=lambda wildcards: {
            "members": list(settings.models[wildcards.model].members),
            **settings.datasets[wildcards.dataset].facts("weight", "weighing_replicates"),
        },
    script:
        "../../scripts/blend_models.py"


targets += [
    f"<results>/{dataset}/{model}/cost.tsv"
    for dataset, details in settings.datasets.items()
    for model in details.models
    if model in settings.blends
]
