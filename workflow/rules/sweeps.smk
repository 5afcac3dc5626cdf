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
        base=one_of(settings["search"]),
        number=r"\d+",
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("propose_trials"),
        search=lookup(dpath="search/{base}", within=settings),
        seed=f"seed{settings['seeds'][0]}",
    script:
        "../../scripts/propose_trials.py"


rule rank_sweep:
    input:
        unpack(members_tried),
        validation="<results>/{dataset}/splits/validation.parquet",
    output:
        ranking=report(
            "<results>/{dataset}/{base}~best/ranking.tsv",
            caption="../report/ranking.rst",
            category="Sweeps",
            subcategory="{dataset}",
            labels={"model": "{base}", "what": "ranking"},
        ),
        png=report(
            "<results>/{dataset}/{base}~best/ranking.png",
            caption="../report/ranking.rst",
            category="Sweeps",
            subcategory="{dataset}",
            labels={"model": "{base}", "what": "figure"},
        ),
        svg="<results>/{dataset}/{base}~best/ranking.svg",
        chosen="<results>/{dataset}/{base}~best/chosen.json",
    log:
        "<logs>/rank_sweep/{dataset}.{base}.log",
    benchmark:
        "<benchmarks>/rank_sweep/{dataset}.{base}.jsonl"
    wildcard_constraints:
        base=one_of(settings["sweep"]),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        code=lambda wildcards: code_of_model("rank_sweep", settings["models"][wildcards.base]),
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
        score_transform=lookup(
            dpath="datasets/{dataset}/table/score_transform", within=settings, default="none"
        ),
        members=lookup(dpath="sweep/{base}", within=settings),
        seeds=lambda wildcards: seeds_tried(wildcards.base),
    script:
        "../../scripts/rank_sweep.py"


rule select_best:
    input:
        ranking="<results>/{dataset}/{base}~best/ranking.tsv",
        models=lambda wildcards: expand(
            "<results>/{dataset}/{member}/seed{seed}/{file}",
            dataset=wildcards.dataset,
            member=settings["sweep"][wildcards.base],
            seed=wildcards.seed,
            file=["model.json", "model.safetensors", "history.tsv"],
        ),
    output:
        weights="<results>/{dataset}/{base}~best/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{base}~best/seed{seed}/model.json",
        history="<results>/{dataset}/{base}~best/seed{seed}/history.tsv",
    log:
        "<logs>/select_best/{dataset}.{base}.seed{seed}.log",
    benchmark:
        "<benchmarks>/select_best/{dataset}.{base}.seed{seed}.jsonl"
    wildcard_constraints:
        base=one_of(settings["sweep"].keys() - settings["search"].keys()),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
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
        base=one_of(settings["search"]),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("store_trials"),
        space=lookup(dpath="search/{base}/space", within=settings),
        trained=lambda wildcards: len(settings["sweep"][wildcards.base]),
        seed=f"seed{settings['seeds'][0]}",
    script:
        "../../scripts/store_trials.py"


targets += [
    f"<results>/{dataset}/{best_of(base)}/search/trials.db"
    for base in settings["search"]
    for dataset in settings["datasets"]
    if base in settings["datasets"][dataset]["models"]
]
