# The page that the report opens with.


rule write_summary:
    input:
        expand("<results>/{dataset}/summary.tsv", dataset=folds),
        [f"{folder}/findings.tsv" for folder in attributed],
        [
            [
                f"<results>/{dataset}/summary.tsv",
                f"<results>/{dataset}/splits/summary.tsv",
                f"<results>/{dataset}/figures/{TASKS[about['task']].figures[0]}.png",
                *([f"<results>/{dataset}/motif_effects.tsv"] if about["words"] else []),
                *(
                    [f"<results>/{about['fold_of'] or dataset}/rejected.tsv"]
                    if "table" in about
                    else []
                ),
                *(
                    [
                        f"<results>/{dataset}/{about['models'][0]}/seed{settings['seeds'][0]}/model.json"
                    ]
                    if about.get("table", {}).get("inputs")
                    else []
                ),
                *expand(
                    "<results>/{dataset}/{model}/seed{seed}/filters/{file}",
                    file=["filters.tsv", "top_filters.png"],
                    dataset=dataset,
                    model=about["models_with_filters"],
                    seed=settings["seeds"],
                ),
            ]
            for dataset, about in settings["datasets"].items()
        ],
    output:
        "<results>/summary.html",
    log:
        "<logs>/write_summary/all.log",
    benchmark:
        "<benchmarks>/write_summary/all.jsonl"
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("write_summary"),
        datasets={
            dataset: {key: about[key] for key in ("task", "fold_of")}
            for dataset, about in settings["datasets"].items()
        },
    script:
        "../../scripts/write_summary.py"


targets += ["<results>/summary.html"]
