# The page that the report opens with.


rule write_summary:
    input:
        expand("<results>/{dataset}/summary.tsv", dataset=settings.folds),
        [
            f"<results>/{dataset}/{model}/attributions/findings.tsv"
            for dataset, details in settings.datasets.items()
            for model in details.models
            if details.questions["attributions"] and explained.asks(model)
        ],
        [
            f"<results>/{dataset}/{model}/design/{name}.tsv"
            for dataset, details in settings.datasets.items()
            for model in details.models
            for name in details.questions["design"]
            if settings.questions["design"][name].asks(model)
        ],
        [shown_in_summary(dataset) for dataset in settings.datasets],
    output:
        "<results>/summary.html",
    log:
        "<logs>/write_summary/all.log",
    benchmark:
        "<benchmarks>/write_summary/all.jsonl"
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("write_summary"),
        settings={
            "datasets": {
                name: {
                    **dataset.facts("task", "adapters"),
                    "fold_of": None if dataset.fold is None else dataset.base,
                }
                for name, dataset in settings.datasets.items()
            }
        },
    script:
        "../../scripts/write_summary.py"


targets += ["<results>/summary.html"]
