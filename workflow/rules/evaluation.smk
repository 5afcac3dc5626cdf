# Predictions, how good they are, and what they have to beat.


# A model trained with one seed is a run of it, and so is the ensemble of its seeds.
seeded = [f"seed{seed}" for seed in settings["seeds"]]
runs = [*seeded, "ensemble"] if len(seeded) > 1 else seeded
measured = [name for name in settings["datasets"] if "table" in settings["datasets"][name]]


wildcard_constraints:
    run=r"seed\d+|ensemble",


rule predict:
    input:
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
        dataset=one_of(measured),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        code=lambda wildcards: code_of_model("predict", settings["models"][wildcards.model]),
        weight=lookup(dpath="datasets/{dataset}/table/weight", within=settings, default=None),
        synthetic=lookup(dpath="datasets/{dataset}/synthetic", within=settings, default=None),
        level=settings["intervals"]["level"],
        device=settings["device"],
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
        spot_check=report(
            "<results>/{dataset}/{model}/seed{seed}/spot_check.tsv",
            caption="../report/spot_check.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "spot check", "model": "{model}", "run": "seed{seed}"},
        ),
    wildcard_constraints:
        dataset=one_of(name for name in settings["datasets"] if name not in measured),


rule ensemble:
    input:
        test=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/predictions.parquet",
            seed=settings["seeds"],
        ),
        train=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/fitted/train.parquet",
            seed=settings["seeds"],
        ),
        validation=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/fitted/validation.parquet",
            seed=settings["seeds"],
        ),
        calibration=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/fitted/calibration.parquet",
            seed=settings["seeds"],
        ),
        certainty=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/calibration.safetensors",
            seed=settings["seeds"],
        ),
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
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code_of("ensemble"),
        level=settings["intervals"]["level"],
    script:
        "../../scripts/ensemble.py"


rule evaluate:
    input:
        unpack(clusters_of),
        test="<results>/{dataset}/{model}/{run}/predictions.parquet",
        train="<results>/{dataset}/{model}/{run}/fitted/train.parquet",
        validation="<results>/{dataset}/{model}/{run}/fitted/validation.parquet",
        certainty="<results>/{dataset}/{model}/{run}/calibration.safetensors",
    output:
        "<results>/{dataset}/{model}/{run}/metrics.json",
    log:
        "<logs>/evaluate/{dataset}.{model}.{run}.log",
    benchmark:
        "<benchmarks>/evaluate/{dataset}.{model}.{run}.jsonl"
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("evaluate"),
        level=settings["intervals"]["level"],
        weight=lookup(dpath="datasets/{dataset}/table/weight", within=settings, default=None),
        replicates=lookup(dpath="datasets/{dataset}/table/replicates", within=settings, default=[]),
        score_transform=lookup(
            dpath="datasets/{dataset}/table/score_transform", within=settings, default="none"
        ),
        split=lookup(dpath="datasets/{dataset}/split", within=settings),
        reverse_complement=lookup(dpath="datasets/{dataset}/reverse_complement", within=settings),
    script:
        "../../scripts/evaluate.py"


rule fit_floors:
    input:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
    output:
        "<results>/{dataset}/floors.json",
    log:
        "<logs>/fit_floors/{dataset}.log",
    benchmark:
        "<benchmarks>/fit_floors/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        code=code_of("fit_floors"),
        outputs=lookup(dpath="datasets/{dataset}/outputs", within=settings),
        score_transform=lookup(
            dpath="datasets/{dataset}/table/score_transform", within=settings, default="none"
        ),
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
        inputs=lookup(dpath="datasets/{dataset}/table/inputs", within=settings, default={}),
    script:
        "../../scripts/fit_floors.py"


rule summarize:
    input:
        metrics=collect(
            "<results>/{{dataset}}/{model}/{run}/metrics.json",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs,
        ),
        models=collect(
            "<results>/{{dataset}}/{model}/{run}/model.json",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=seeded,
        ),
        floors="<results>/{dataset}/floors.json",
        histories=collect(
            "<results>/{{dataset}}/{model}/{run}/history.tsv",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=seeded,
        ),
        split="<results>/{dataset}/splits/summary.tsv",
    output:
        report(
            "<results>/{dataset}/summary.tsv",
            caption="../report/summary.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "summary table", "model": "all", "run": "all"},
        ),
    log:
        "<logs>/summarize/{dataset}.log",
    benchmark:
        "<benchmarks>/summarize/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(settings["datasets"]),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("summarize"),
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
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("write_model_card"),
        split=lookup(dpath="datasets/{dataset}/split", within=settings),
        source=lookup(dpath="datasets/{dataset}/table/path", within=settings, default=None),
    script:
        "../../scripts/write_model_card.py"


# A dataset with folds has a summary of them all where another has its own.
folds = {
    base: [name for name, about in settings["datasets"].items() if about["fold_of"] == base]
    for base in bases
    if base not in settings["datasets"]
}


rule summarize_folds:
    input:
        lambda wildcards: expand("<results>/{fold}/summary.tsv", fold=folds[wildcards.dataset]),
    output:
        report(
            "<results>/{dataset}/summary.tsv",
            caption="../report/summary_of_folds.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "cross-validation", "model": "all", "run": "all"},
        ),
    log:
        "<logs>/summarize_folds/{dataset}.log",
    benchmark:
        "<benchmarks>/summarize_folds/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(folds),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("summarize_folds"),
    script:
        "../../scripts/summarize_folds.py"


rule plot_loss_curves:
    input:
        collect(
            "<results>/{{dataset}}/{model}/{run}/history.tsv",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=seeded,
        ),
    output:
        report(
            "<results>/{dataset}/figures/loss_curves.png",
            caption="../report/loss_curves.rst",
            category="2. Training",
            subcategory="{dataset}",
            labels={"what": "loss curves", "model": "all"},
        ),
        "<results>/{dataset}/figures/loss_curves.svg",
    log:
        "<logs>/plot_loss_curves/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_loss_curves/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_loss_curves"),
        losses=lambda wildcards: {
            model: settings["models"][model]["training"]["loss"]
            for model in settings["datasets"][wildcards.dataset]["models"]
        },
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
        models=list(settings["models"]),
    script:
        "../../scripts/plot_loss_curves.py"


rule plot_score_distribution:
    input:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
    output:
        report(
            "<results>/{dataset}/figures/score_distribution.png",
            caption="../report/score_distribution.rst",
            category="1. Sequences",
            subcategory="{dataset}",
            labels={"what": "score distribution"},
        ),
        "<results>/{dataset}/figures/score_distribution.svg",
    log:
        "<logs>/plot_score_distribution/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_score_distribution/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code_of("plot_score_distribution"),
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        outputs=lookup(dpath="datasets/{dataset}/outputs", within=settings),
        is_synthetic=lambda wildcards: wildcards.dataset not in measured,
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
    script:
        "../../scripts/plot_score_distribution.py"


rule plot_parity:
    input:
        predictions=collect(
            "<results>/{{dataset}}/{model}/{run}/predictions.parquet",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs[-1:],
        ),
        metrics=collect(
            "<results>/{{dataset}}/{model}/{run}/metrics.json",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs[-1:],
        ),
    output:
        report(
            "<results>/{dataset}/figures/parity.png",
            caption="../report/parity.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "parity", "model": "all", "run": runs[-1]},
        ),
        "<results>/{dataset}/figures/parity.svg",
        page=report(
            "<results>/{dataset}/figures/parity.html",
            caption="../report/parity_interactive.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "interactive parity", "model": "all", "run": runs[-1]},
        ),
    log:
        "<logs>/plot_parity/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_parity/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code_of("plot_parity", "seq2score/figures/parity_page.html"),
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        drawn=lookup(dpath="datasets/{dataset}/models", within=settings),
        models=list(settings["models"]),
        words=lookup(dpath="datasets/{dataset}/words", within=settings),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
    script:
        "../../scripts/plot_parity.py"


use rule plot_parity as plot_model_parity with:
    input:
        predictions=["<results>/{dataset}/{model}/{run}/predictions.parquet"],
        metrics=["<results>/{dataset}/{model}/{run}/metrics.json"],
    output:
        report(
            "<results>/{dataset}/{model}/{run}/parity.png",
            caption="../report/parity.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "parity", "model": "{model}", "run": "{run}"},
        ),
        "<results>/{dataset}/{model}/{run}/parity.svg",
        page="<results>/{dataset}/{model}/{run}/parity.html",
    log:
        "<logs>/plot_model_parity/{dataset}.{model}.{run}.log",
    benchmark:
        "<benchmarks>/plot_model_parity/{dataset}.{model}.{run}.jsonl"
    params:
        code=code_of("plot_parity", "seq2score/figures/parity_page.html"),
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        drawn=lambda wildcards: [wildcards.model],
        models=list(settings["models"]),
        words=lookup(dpath="datasets/{dataset}/words", within=settings),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),


rule plot_residuals:
    input:
        unpack(clusters_of),
        predictions=collect(
            "<results>/{{dataset}}/{model}/{run}/predictions.parquet",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs[-1:],
        ),
    output:
        report(
            "<results>/{dataset}/figures/residuals.png",
            caption="../report/residuals.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "where the models are wrong", "model": "all", "run": runs[-1]},
        ),
        "<results>/{dataset}/figures/residuals.svg",
        table="<results>/{dataset}/residuals.tsv",
    log:
        "<logs>/plot_residuals/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_residuals/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(10),
    params:
        code=code_of("plot_residuals"),
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        drawn=lookup(dpath="datasets/{dataset}/models", within=settings),
        models=list(settings["models"]),
        split=lookup(dpath="datasets/{dataset}/split", within=settings),
        reverse_complement=lookup(dpath="datasets/{dataset}/reverse_complement", within=settings),
        words=lookup(dpath="datasets/{dataset}/words", within=settings),
        weight=lookup(dpath="datasets/{dataset}/table/weight", within=settings, default=None),
        replicates=lookup(dpath="datasets/{dataset}/table/replicates", within=settings, default=[]),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
    script:
        "../../scripts/plot_residuals.py"


rule plot_coverage:
    input:
        collect(
            "<results>/{{dataset}}/{model}/{run}/metrics.json",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs[-1:],
        ),
    output:
        report(
            "<results>/{dataset}/figures/coverage.png",
            caption="../report/coverage.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "do intervals hold", "model": "all", "run": runs[-1]},
        ),
        "<results>/{dataset}/figures/coverage.svg",
    log:
        "<logs>/plot_coverage/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_coverage/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_coverage"),
        drawn=lookup(dpath="datasets/{dataset}/models", within=settings),
        models=list(settings["models"]),
        split=lookup(dpath="datasets/{dataset}/split/method", within=settings),
    script:
        "../../scripts/plot_coverage.py"


rule plot_classification:
    input:
        predictions=collect(
            "<results>/{{dataset}}/{model}/{run}/predictions.parquet",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs[-1:],
        ),
        metrics=collect(
            "<results>/{{dataset}}/{model}/{run}/metrics.json",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            run=runs[-1:],
        ),
    output:
        report(
            "<results>/{dataset}/figures/classification.png",
            caption="../report/classification.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "ROC, precision and recall", "model": "all", "run": runs[-1]},
        ),
        "<results>/{dataset}/figures/classification.svg",
    log:
        "<logs>/plot_classification/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_classification/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=code_of("plot_classification"),
        drawn=lookup(dpath="datasets/{dataset}/models", within=settings),
        models=list(settings["models"]),
    script:
        "../../scripts/plot_classification.py"


use rule plot_classification as plot_model_classification with:
    input:
        predictions=["<results>/{dataset}/{model}/{run}/predictions.parquet"],
        metrics=["<results>/{dataset}/{model}/{run}/metrics.json"],
    output:
        report(
            "<results>/{dataset}/{model}/{run}/classification.png",
            caption="../report/classification.rst",
            category="3. Evaluation",
            subcategory="{dataset}",
            labels={"what": "confusion, ROC, precision", "model": "{model}", "run": "{run}"},
        ),
        "<results>/{dataset}/{model}/{run}/classification.svg",
    log:
        "<logs>/plot_model_classification/{dataset}.{model}.{run}.log",
    benchmark:
        "<benchmarks>/plot_model_classification/{dataset}.{model}.{run}.jsonl"
    params:
        code=code_of("plot_classification"),
        drawn=lambda wildcards: [wildcards.model],
        models=list(settings["models"]),


rule predict_new:
    input:
        weights=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.safetensors",
            seed=settings["seeds"],
        ),
        descriptions=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.json",
            seed=settings["seeds"],
        ),
        new=lambda wildcards: stored(sources.files(settings["predict"][wildcards.name])),
        certainty=collect("<results>/{{dataset}}/{{model}}/{run}/calibration.safetensors", run=runs),
    output:
        "<results>/{dataset}/{model}/predict/{name}.{format}",
    log:
        "<logs>/predict_new/{dataset}.{model}.{name}.{format}.log",
    benchmark:
        "<benchmarks>/predict_new/{dataset}.{model}.{name}.{format}.jsonl"
    wildcard_constraints:
        name=one_of(name for name, new in settings["predict"].items() if new["parts"] == 1),
        format="tsv|parquet",
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=growing(3000),
        runtime=growing(60),
    params:
        code=lambda wildcards: code_of_model(
            "predict_new",
            settings["models"][wildcards.model],
            *sources.modules(settings["predict"][wildcards.name]),
        ),
        new=lookup(dpath="predict/{name}", within=settings),
        level=settings["intervals"]["level"],
        device=settings["device"],
    script:
        "../../scripts/predict_new.py"


# A part of the same, where a set is spread over jobs. A part that died is predicted again alone.
use rule predict_new as predict_new_in_parts with:
    output:
        temp("<results>/{dataset}/{model}/predict/{name}.part{part}.parquet"),
    log:
        "<logs>/predict_new_in_parts/{dataset}.{model}.{name}.part{part}.log",
    benchmark:
        "<benchmarks>/predict_new_in_parts/{dataset}.{model}.{name}.part{part}.jsonl"
    wildcard_constraints:
        name=one_of(name for name, new in settings["predict"].items() if new["parts"] > 1),
        part=r"\d+",


rule gather_predictions:
    input:
        lambda wildcards: expand(
            "<results>/{{dataset}}/{{model}}/predict/{{name}}.part{part}.parquet",
            part=range(1, settings["predict"][wildcards.name]["parts"] + 1),
        ),
    output:
        "<results>/{dataset}/{model}/predict/{name}.{format}",
    log:
        "<logs>/gather_predictions/{dataset}.{model}.{name}.{format}.log",
    benchmark:
        "<benchmarks>/gather_predictions/{dataset}.{model}.{name}.{format}.jsonl"
    wildcard_constraints:
        name=one_of(name for name, new in settings["predict"].items() if new["parts"] > 1),
        format="tsv|parquet",
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code_of("gather_predictions"),
    script:
        "../../scripts/gather_predictions.py"


targets += expand("<results>/{dataset}/summary.tsv", dataset=folds)
for dataset, about in settings["datasets"].items():
    targets += expand(
        "<results>/{dataset}/{file}",
        dataset=dataset,
        file=[
            "summary.tsv",
            "figures/score_distribution.png",
            "figures/loss_curves.png",
            "figures/coverage.png",
            *(f"figures/{figure}.png" for figure in TASKS[about["task"]].figures),
        ],
    )
    targets += expand(
        "<results>/{dataset}/{model}/{run}/{file}.png",
        dataset=dataset,
        model=about["models"],
        run=runs,
        file=TASKS[about["task"]].figures[0],
    )
    targets += expand(
        "<results>/{dataset}/{model}/seed{seed}/model_card.md",
        dataset=dataset,
        model=about["models"],
        seed=settings["seeds"],
    )
    targets += expand(
        "<results>/{dataset}/{model}/predict/{file}",
        dataset=dataset,
        model=about["models"],
        file=[f"{name}.{settings['predict'][name]['format']}" for name in about["asks"]["predict"]],
    )
