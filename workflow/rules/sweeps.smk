# The members of a sweep stop at validation. The best one takes the name `{base}~best`, and is then
# evaluated on the test set as every other model is: once. The trials of a search are such members,
# but what they try is proposed round by round, from what came of the rounds before.


rule propose_trials:
    input:
        unpack(search_results),
    output:
        "<results>/{dataset}/{base}~best/search/round{number}.json",
    log:
        "<logs>/propose_trials/{dataset}.{base}.round{number}.log",
    benchmark:
        "<benchmarks>/propose_trials/{dataset}.{base}.round{number}.jsonl"
    wildcard_constraints:
        base=one_of(searched),
        number=r"\d+",
    conda:
        "../../envs/model.yaml"
    params:
        code=code_of("propose_trials"),
        settings=lambda wildcards: {
            "search": settings.trials[wildcards.base].proposal,
            "seed": seeded[0],
        },
    script:
        "../../scripts/propose_trials.py"


rule rank_sweep:
    input:
        unpack(members_tried),
        validation="<results>/{dataset}/splits/validation.parquet",
    output:
        ranking=in_report(
            "<results>/{dataset}/{base}~best/ranking.tsv",
            "ranking",
            "Sweeps",
            "ranking",
            model="{base}",
        ),
        png=in_report(
            "<results>/{dataset}/{base}~best/ranking.png",
            "ranking",
            "Sweeps",
            "figure",
            model="{base}",
        ),
        svg="<results>/{dataset}/{base}~best/ranking.svg",
        chosen="<results>/{dataset}/{base}~best/chosen.json",
    log:
        "<logs>/rank_sweep/{dataset}.{base}.log",
    benchmark:
        "<benchmarks>/rank_sweep/{dataset}.{base}.jsonl"
    wildcard_constraints:
        base=one_of(settings.trials),
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        code=lambda wildcards: code_of_model("rank_sweep", settings.models[wildcards.base].families),
        settings=lambda wildcards: {
            "members": settings.trials[wildcards.base].members,
            "seeds": settings.trials[wildcards.base].seeds,
            **settings.datasets[wildcards.dataset].facts("task", "score_transform"),
        },
    script:
        "../../scripts/rank_sweep.py"


rule select_best:
    input:
        ranking="<results>/{dataset}/{base}~best/ranking.tsv",
        models=lambda wildcards: [
            f"<results>/{{dataset}}/{member}/seed{{seed}}/{file}"
            for member in settings.trials[wildcards.base].members
            for file in ("model.json", "model.safetensors", "history.tsv")
        ],
    output:
        weights="<results>/{dataset}/{base}~best/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{base}~best/seed{seed}/model.json",
        history="<results>/{dataset}/{base}~best/seed{seed}/history.tsv",
    log:
        "<logs>/select_best/{dataset}.{base}.seed{seed}.log",
    benchmark:
        "<benchmarks>/select_best/{dataset}.{base}.seed{seed}.jsonl"
    wildcard_constraints:
        base=one_of(base for base in settings.trials if base not in searched),
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("select_best"),
    script:
        "../../scripts/select_best.py"


rule store_trials:
    input:
        unpack(search_results),
    output:
        "<results>/{dataset}/{base}~best/search/trials.db",
    log:
        "<logs>/store_trials/{dataset}.{base}.log",
    benchmark:
        "<benchmarks>/store_trials/{dataset}.{base}.jsonl"
    wildcard_constraints:
        base=one_of(searched),
    conda:
        "../../envs/model.yaml"
    params:
        code=code_of("store_trials"),
        settings=lambda wildcards: {
            "space": settings.trials[wildcards.base].proposal["space"],
            "trained": len(settings.trials[wildcards.base].members),
            "seed": seeded[0],
        },
    script:
        "../../scripts/store_trials.py"


targets += [
    f"<results>/{dataset}/{best_of(base)}/search/trials.db"
    for base in searched
    for dataset, details in settings.datasets.items()
    if base in details.models
]
