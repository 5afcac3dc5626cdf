# Predictions, how good they are, and what they have to beat.


rule predict:
    input:
        unpack(clusters_of),
        weights="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
        test="<results>/{dataset}/splits/test.parquet",
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        calibration="<results>/{dataset}/splits/calibration.parquet",
    output:
        test="<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
        train="<results>/{dataset}/{model}/seed{seed}/fitted/train.parquet",
        validation="<results>/{dataset}/{model}/seed{seed}/fitted/validation.parquet",
        calibration="<results>/{dataset}/{model}/seed{seed}/fitted/calibration.parquet",
        certainty="<results>/{dataset}/{model}/seed{seed}/calibration.safetensors",
    log:
        "<logs>/predict/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/predict/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        dataset=one_of(n for n, dataset in settings.datasets.items() if not dataset.is_synthetic),
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=gpus,
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        code=code_with_model("predict"),
        settings=of_dataset(
            *("weight", "synthetic", "split", "reverse_complement", "replicates", "inputs"),
            *("contrasts", "score_transform"),
            level=settings.level,
            device=settings.device,
        ),
    script:
        "../../scripts/predict.py"


# Where the rule behind the scores is known, a few sequences are checked against it.
use rule predict as predict_synthetic with:
    output:
        test="<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
        train="<results>/{dataset}/{model}/seed{seed}/fitted/train.parquet",
        validation="<results>/{dataset}/{model}/seed{seed}/fitted/validation.parquet",
        calibration="<results>/{dataset}/{model}/seed{seed}/fitted/calibration.parquet",
        certainty="<results>/{dataset}/{model}/seed{seed}/calibration.safetensors",
        spot_check=in_report(
            "<results>/{dataset}/{model}/seed{seed}/spot_check.tsv",
            "spot_check",
            "3. Evaluation",
            "spot check",
        ),
    wildcard_constraints:
        dataset=one_of(n for n, dataset in settings.datasets.items() if dataset.is_synthetic),


rule ensemble:
    input:
        unpack(clusters_of),
        test=of_seeds("predictions.parquet"),
        train=of_seeds("fitted/train.parquet"),
        validation=of_seeds("fitted/validation.parquet"),
        calibration=of_seeds("fitted/calibration.parquet"),
        certainty=of_seeds("calibration.safetensors"),
        validation_rows="<results>/{dataset}/splits/validation.parquet",
        calibration_rows="<results>/{dataset}/splits/calibration.parquet",
    output:
        test="<results>/{dataset}/{model}/ensemble/predictions.parquet",
        train="<results>/{dataset}/{model}/ensemble/fitted/train.parquet",
        validation="<results>/{dataset}/{model}/ensemble/fitted/validation.parquet",
        calibration="<results>/{dataset}/{model}/ensemble/fitted/calibration.parquet",
        certainty="<results>/{dataset}/{model}/ensemble/calibration.safetensors",
    log:
        "<logs>/ensemble/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/ensemble/{dataset}.{model}.jsonl"
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("ensemble"),
        settings=of_dataset(
            *("split", "reverse_complement", "replicates", "inputs"),
            *("contrasts", "score_transform"),
            level=settings.level,
        ),
    script:
        "../../scripts/ensemble.py"


rule evaluate:
    input:
        unpack(clusters_of),
        test="<results>/{dataset}/{model}/{run}/predictions.parquet",
        train="<results>/{dataset}/{model}/{run}/fitted/train.parquet",
        validation="<results>/{dataset}/{model}/{run}/fitted/validation.parquet",
        certainty="<results>/{dataset}/{model}/{run}/calibration.safetensors",
        relatives="<results>/{dataset}/splits/relatives.parquet",
    output:
        "<results>/{dataset}/{model}/{run}/metrics.json",
    log:
        "<logs>/evaluate/{dataset}.{model}.{run}.log",
    benchmark:
        "<benchmarks>/evaluate/{dataset}.{model}.{run}.jsonl"
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("evaluate"),
        settings=of_dataset(
            *("weight", "replicates", "score_transform", "split", "reverse_complement", "inputs"),
            *("contrasts", "replicates_of"),
            level=settings.level,
        ),
    script:
        "../../scripts/evaluate.py"


rule fit_floors:
    input:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
    output:
        metrics="<results>/{dataset}/floors.json",
        best="<results>/{dataset}/floors.parquet",
    log:
        "<logs>/fit_floors/{dataset}.log",
    benchmark:
        "<benchmarks>/fit_floors/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        code=code_of("fit_floors"),
        settings=of_dataset("outputs", "score_transform", "task", "inputs", "contrasts"),
    script:
        "../../scripts/fit_floors.py"


rule summarize:
    input:
        unpack(clusters_of),
        metrics=of_runs("metrics.json", runs),
        predictions=of_runs("predictions.parquet", runs[-1:]),
        models=of_runs("model.json"),
        floors="<results>/{dataset}/floors.json",
        floor="<results>/{dataset}/floors.parquet",
        histories=of_runs("history.tsv"),
        split="<results>/{dataset}/splits/summary.tsv",
    output:
        in_report(
            "<results>/{dataset}/summary.tsv",
            "summary",
            "3. Evaluation",
            "summary table",
            model="all",
            run="all",
        ),
    log:
        "<logs>/summarize/{dataset}.log",
    benchmark:
        "<benchmarks>/summarize/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(settings.datasets),
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("summarize"),
        settings=of_dataset("split", "reverse_complement"),
    script:
        "../../scripts/summarize.py"


rule write_model_card:
    input:
        description="<results>/{dataset}/{model}/seed{seed}/model.json",
        metrics="<results>/{dataset}/{model}/seed{seed}/metrics.json",
        summary="<results>/{dataset}/summary.tsv",
        split="<results>/{dataset}/splits/summary.tsv",
    output:
        "<results>/{dataset}/{model}/seed{seed}/model_card.md",
    log:
        "<logs>/write_model_card/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/write_model_card/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("write_model_card"),
        settings=of_dataset("split", "source", "labels", results=settings.results),
    script:
        "../../scripts/write_model_card.py"


# A dataset with folds has a summary of them all where another has its own.
rule summarize_folds:
    input:
        lambda wildcards: [
            f"<results>/{fold}/summary.tsv" for fold in settings.folds[wildcards.dataset]
        ],
    output:
        in_report(
            "<results>/{dataset}/summary.tsv",
            "summary_of_folds",
            "3. Evaluation",
            "cross-validation",
            model="all",
            run="all",
        ),
    log:
        "<logs>/summarize_folds/{dataset}.log",
    benchmark:
        "<benchmarks>/summarize_folds/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(settings.folds),
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("summarize_folds"),
    script:
        "../../scripts/summarize_folds.py"


rule plot_models:
    input:
        histories=of_runs("history.tsv"),
        metrics=of_runs("metrics.json", runs[-1:]),
    output:
        losses=in_report(
            "<results>/{dataset}/figures/loss_curves.png",
            "loss_curves",
            "2. Training",
            "loss curves",
            model="all",
        ),
        coverage=in_report(
            "<results>/{dataset}/figures/coverage.png",
            "coverage",
            "3. Evaluation",
            "do intervals hold",
            model="all",
            run=runs[-1],
        ),
        svg=multiext("<results>/{dataset}/figures/", "loss_curves.svg", "coverage.svg"),
    log:
        "<logs>/plot_models/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_models/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("plot_models"),
        settings=lambda wildcards: {
            "losses": {
                name: settings.models[name].training.loss
                for name in settings.datasets[wildcards.dataset].models
            },
            "models": every_model,
            **settings.datasets[wildcards.dataset].facts("task", "drawn"),
        },
    script:
        "../../scripts/plot_models.py"


rule plot_score_distribution:
    input:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
    output:
        in_report(
            "<results>/{dataset}/figures/score_distribution.png",
            "score_distribution",
            "1. Sequences",
            "score distribution",
        ),
        "<results>/{dataset}/figures/score_distribution.svg",
    log:
        "<logs>/plot_score_distribution/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_score_distribution/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("plot_score_distribution"),
        settings=of_dataset("labels", "outputs", "is_synthetic", "task"),
    script:
        "../../scripts/plot_score_distribution.py"


rule plot_parity:
    input:
        predictions=of_runs("predictions.parquet", runs[-1:]),
        metrics=of_runs("metrics.json", runs[-1:]),
    output:
        in_report(
            "<results>/{dataset}/figures/parity.png",
            "parity",
            "3. Evaluation",
            "parity",
            model="all",
            run=runs[-1],
        ),
        "<results>/{dataset}/figures/parity.svg",
        page=in_report(
            "<results>/{dataset}/figures/parity.html",
            "parity_interactive",
            "3. Evaluation",
            "interactive parity",
            model="all",
            run=runs[-1],
        ),
    log:
        "<logs>/plot_parity/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_parity/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("plot_parity", "seq2score/figures/parity_page.html"),
        settings=of_dataset(
            *("labels", "drawn", "words", "alphabet", "contrasts", "score_transform"),
            models=every_model,
        ),
    script:
        "../../scripts/plot_parity.py"


use rule plot_parity as plot_model_parity with:
    input:
        predictions=["<results>/{dataset}/{model}/{run}/predictions.parquet"],
        metrics=["<results>/{dataset}/{model}/{run}/metrics.json"],
    output:
        in_report(
            "<results>/{dataset}/{model}/{run}/parity.png",
            "parity",
            "3. Evaluation",
            "parity",
        ),
        "<results>/{dataset}/{model}/{run}/parity.svg",
        page="<results>/{dataset}/{model}/{run}/parity.html",
    log:
        "<logs>/plot_model_parity/{dataset}.{model}.{run}.log",
    benchmark:
        "<benchmarks>/plot_model_parity/{dataset}.{model}.{run}.jsonl"
    params:
        code=code_of("plot_parity", "seq2score/figures/parity_page.html"),
        settings=lambda wildcards: {
            **settings.datasets[wildcards.dataset].facts(
                *("labels", "words", "alphabet", "contrasts", "score_transform")
            ),
            "drawn": [wildcards.model],
            "models": every_model,
        },


rule plot_outputs:
    input:
        predictions=of_runs("predictions.parquet", runs[-1:]),
    output:
        in_report(
            "<results>/{dataset}/figures/outputs.png",
            "outputs",
            "3. Evaluation",
            "scores against scores",
            model="all",
            run=runs[-1],
        ),
        "<results>/{dataset}/figures/outputs.svg",
    log:
        "<logs>/plot_outputs/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_outputs/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("plot_outputs"),
        settings=of_dataset("labels", "drawn"),
    script:
        "../../scripts/plot_outputs.py"


rule plot_residuals:
    input:
        unpack(clusters_of),
        predictions=of_runs("predictions.parquet", runs[-1:]),
    output:
        in_report(
            "<results>/{dataset}/figures/residuals.png",
            "residuals",
            "3. Evaluation",
            "where the models are wrong",
            model="all",
            run=runs[-1],
        ),
        "<results>/{dataset}/figures/residuals.svg",
        table="<results>/{dataset}/residuals.tsv",
    log:
        "<logs>/plot_residuals/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_residuals/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(4000),
    params:
        code=code_of("plot_residuals"),
        settings=of_dataset(
            *("labels", "drawn", "split", "reverse_complement", "words", "weight", "replicates"),
            "alphabet",
            models=every_model,
        ),
    script:
        "../../scripts/plot_residuals.py"


rule plot_classification:
    input:
        predictions=of_runs("predictions.parquet", runs[-1:]),
        metrics=of_runs("metrics.json", runs[-1:]),
    output:
        in_report(
            "<results>/{dataset}/figures/classification.png",
            "classification",
            "3. Evaluation",
            "ROC, precision and recall",
            model="all",
            run=runs[-1],
        ),
        "<results>/{dataset}/figures/classification.svg",
    log:
        "<logs>/plot_classification/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_classification/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("plot_classification"),
        settings=of_dataset("drawn", models=every_model),
    script:
        "../../scripts/plot_classification.py"


use rule plot_classification as plot_model_classification with:
    input:
        predictions=["<results>/{dataset}/{model}/{run}/predictions.parquet"],
        metrics=["<results>/{dataset}/{model}/{run}/metrics.json"],
    output:
        in_report(
            "<results>/{dataset}/{model}/{run}/classification.png",
            "classification",
            "3. Evaluation",
            "confusion, ROC, precision",
        ),
        "<results>/{dataset}/{model}/{run}/classification.svg",
    log:
        "<logs>/plot_model_classification/{dataset}.{model}.{run}.log",
    benchmark:
        "<benchmarks>/plot_model_classification/{dataset}.{model}.{run}.jsonl"
    params:
        code=code_of("plot_classification"),
        settings=lambda wildcards: {"drawn": [wildcards.model], "models": every_model},


targets += expand("<results>/{dataset}/summary.tsv", dataset=settings.folds)
targets += [
    f"<results>/{name}/{file}"
    for name, dataset in settings.datasets.items()
    for file in [
        "summary.tsv",
        "figures/score_distribution.png",
        "figures/loss_curves.png",
        "figures/coverage.png",
        *(["figures/outputs.png"] if len(dataset.outputs) > 1 else []),
        *(f"figures/{figure}.png" for figure in TASKS[dataset.section.task].figures),
        *(
            f"{model}/{run}/{TASKS[dataset.section.task].figures[0]}.png"
            for model in dataset.models
            for run in runs
        ),
        *(f"{model}/{run}/model_card.md" for model in dataset.models for run in seeded),
    ]
]
