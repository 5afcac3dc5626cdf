# The members of a sweep stop at validation. The best one takes the name `{base}~best`, and is then
# evaluated on the test set as every other model is: once.


rule rank_sweep:
    input:
        validation="<results>/{dataset}/splits/validation.parquet",
        models=lambda wildcards: expand(
            "<results>/{dataset}/{member}/seed{seed}/{file}",
            dataset=wildcards.dataset,
            member=settings["sweep"][wildcards.base],
            seed=settings["seeds"],
            file=["model.json", "model.safetensors"],
        ),
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
    log:
        "<logs>/rank_sweep/{dataset}.{base}.log",
    benchmark:
        "<benchmarks>/rank_sweep/{dataset}.{base}.jsonl"
    wildcard_constraints:
        base=one_of(settings["sweep"]),
    conda:
        "../../envs/sweep.yaml"
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
        seeds=settings["seeds"],
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
        base=one_of(settings["sweep"]),
    conda:
        "../../envs/sweep.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("select_best"),
    script:
        "../../scripts/select_best.py"
