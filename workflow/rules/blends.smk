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
        model=one_of(settings["blends"]),
    priority: 10
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of_model("estimate_cost", settings["models"][wildcards.model]),
        members=lambda wildcards: settings["models"][wildcards.model]["members"],
        flanks=lookup(
            dpath="datasets/{dataset}/table/flanks",
            within=settings,
            default=configuration.datasets.BARE,
        ),
        seeds=len(settings["seeds"]),
    script:
        "../../scripts/estimate_cost.py"


rule blend_models:
    input:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        weights=lambda wildcards: expand(
            "<results>/{dataset}/{member}/seed{seed}/model.safetensors",
            dataset=wildcards.dataset,
            member=settings["blends"][wildcards.model],
            seed=wildcards.seed,
        ),
        descriptions=lambda wildcards: expand(
            "<results>/{dataset}/{member}/seed{seed}/model.json",
            dataset=wildcards.dataset,
            member=settings["blends"][wildcards.model],
            seed=wildcards.seed,
        ),
    output:
        weights="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
        history="<results>/{dataset}/{model}/seed{seed}/history.tsv",
        members=report(
            "<results>/{dataset}/{model}/seed{seed}/members.tsv",
            caption="../report/members.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={
                "what": "members of a blend, a table",
                "model": "{model}",
                "run": "seed{seed}",
            },
        ),
    log:
        "<logs>/blend_models/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/blend_models/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(settings["blends"]),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, input, attempt: attempt * int(2000 + 20 * input.size_mb),
        runtime=growing(30),
    params:
        code=lambda wildcards: code_of_model("blend_models", settings["models"][wildcards.model]),
        members=lambda wildcards: list(settings["models"][wildcards.model]["members"]),
        weight=lookup(dpath="datasets/{dataset}/table/weight", within=settings, default=None),
        weighing_replicates=lookup(dpath="datasets/{dataset}/weighing_replicates", within=settings),
    script:
        "../../scripts/blend_models.py"


targets += [
    f"<results>/{dataset}/{model}/cost.tsv"
    for dataset in settings["datasets"]
    for model in settings["datasets"][dataset]["models"]
    if model in settings["blends"]
]
