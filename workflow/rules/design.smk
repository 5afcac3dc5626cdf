# Which sequences to order next: what each model surely predicts to be best, under constraints.


rule design_sequences:
    input:
        unpack(held_out_in),
        weights=runs_in("search", "model.safetensors"),
        descriptions=runs_in("search", "model.json"),
        certainty=runs_in("search", "calibration.safetensors"),
        judges=runs_in("judge", "model.safetensors"),
        certainty_of_judges=runs_in("judge", "calibration.safetensors"),
        metrics=run_in("search", "metrics.json"),
        validation=run_in("search", "fitted/validation.parquet"),
        metrics_of_judge=run_in("judge", "metrics.json"),
        floors="<results>/{dataset}/floors.json",
        train="<results>/{dataset}/splits/train.parquet",
        held_out="<results>/{dataset}/splits/validation.parquet",
        sequences=sequences_of,
        start=start_of,
        looked=looked_for("design"),
    output:
        table=in_report(
            "<results>/{dataset}/{model}/design/{name}.tsv",
            "design",
            "7. Designs",
            "{name}: table",
        ),
        fasta="<results>/{dataset}/{model}/design/{name}.fasta",
        progress="<results>/{dataset}/{model}/design/{name}.progress.tsv",
        figure=in_report(
            "<results>/{dataset}/{model}/design/{name}.png",
            "design",
            "7. Designs",
            "{name}: figure",
        ),
        svg="<results>/{dataset}/{model}/design/{name}.svg",
    log:
        "<logs>/design_sequences/{dataset}.{model}.{name}.log",
    benchmark:
        "<benchmarks>/design_sequences/{dataset}.{model}.{name}.jsonl"
    wildcard_constraints:
        name=named("design"),
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=gpus,
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        code=lambda wildcards: code_of_model(
            "design_sequences",
            settings.models[wildcards.model].families,
            "seq2score/design/enzymes.tsv",
            *sources.modules({"path": question("design", wildcards).start_file}),
        ),
        settings=lambda wildcards: {
            "request": question("design", wildcards).plain(),
            "name": wildcards.name,
            "judge": judge_of(wildcards),
            "alike": roles_in(wildcards)[1] == wildcards.model,
            "level": settings.level,
            "device": settings.device,
            **settings.datasets[wildcards.dataset].facts("labels", "adapters"),
        },
    script:
        "../../scripts/design_sequences.py"
