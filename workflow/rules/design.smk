# Which sequences to order next: what each model surely predicts to be best, under constraints.


rule design_sequences:
    input:
        unpack(held_out_in),
        weights=lambda wildcards: runs_in(wildcards, "search", "model.safetensors"),
        descriptions=lambda wildcards: runs_in(wildcards, "search", "model.json"),
        certainty=lambda wildcards: runs_in(wildcards, "search", "calibration.safetensors"),
        judges=lambda wildcards: runs_in(wildcards, "judge", "model.safetensors"),
        certainty_of_judges=lambda wildcards: runs_in(wildcards, "judge", "calibration.safetensors"),
        train="<results>/{dataset}/splits/train.parquet",
        sequences=lambda wildcards: split_inputs(wildcards)["sequences"],
        start=start_of,
    output:
        table=report(
            "<results>/{dataset}/{model}/design/{name}.tsv",
            caption="../report/design.rst",
            category="5. Designs",
            subcategory="{dataset}",
            labels={"what": "{name}: table", "model": "{model}"},
        ),
        fasta="<results>/{dataset}/{model}/design/{name}.fasta",
        progress="<results>/{dataset}/{model}/design/{name}.progress.tsv",
        figure=report(
            "<results>/{dataset}/{model}/design/{name}.png",
            caption="../report/design.rst",
            category="5. Designs",
            subcategory="{dataset}",
            labels={"what": "{name}: figure", "model": "{model}"},
        ),
        svg="<results>/{dataset}/{model}/design/{name}.svg",
    log:
        "<logs>/design_sequences/{dataset}.{model}.{name}.log",
    benchmark:
        "<benchmarks>/design_sequences/{dataset}.{model}.{name}.jsonl"
    wildcard_constraints:
        name=one_of(settings["design"]),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=growing(3000),
        runtime=growing(120),
    params:
        code=lambda wildcards: code_of_model(
            "design_sequences",
            settings["models"][wildcards.model],
            "seq2score/design/enzymes.tsv",
            *(sources.modules({"path": start_of(wildcards)}) if start_of(wildcards) else []),
        ),
        asked=lookup(dpath="design/{name}", within=settings),
        name=lambda wildcards: wildcards.name,
        judge=judge_of,
        level=settings["intervals"]["level"],
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        device=settings["device"],
    script:
        "../../scripts/design_sequences.py"


targets += [
    f"<results>/{dataset}/{model}/design/{name}.tsv"
    for dataset in settings["datasets"]
    for model in settings["datasets"][dataset]["models"]
    for name in settings["datasets"][dataset]["asks"]["design"]
]
