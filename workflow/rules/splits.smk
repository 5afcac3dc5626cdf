# Three files, so that training cannot see the test set.

# What clusters depend on, beside the sequences. They are checked too, and so named as a verdict is.
clusterings = {
    name: {
        "code": code_of("cluster_sequences"),
        "weight": bases[name].get("table", {}).get("weight"),
        "inputs": bases[name].get("table", {}).get("inputs", {}),
        "at": bases[name].get("table", {}).get("at", {}),
        **{key: bases[name][key] for key in ("split", "outputs", "reverse_complement")},
    }
    for name in bases
    if bases[name]["split"]["method"] == "similarity"
}


rule cluster_sequences:
    input:
        "<results>/{dataset}/sequences.parquet",
    output:
        "<results>/{dataset}/clusters.{digest}.parquet",
    log:
        "<logs>/cluster_sequences/{dataset}.{digest}.log",
    benchmark:
        "<benchmarks>/cluster_sequences/{dataset}.{digest}.jsonl"
    wildcard_constraints:
        dataset=one_of(clusterings),
    conda:
        "../../envs/table.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        code=lookup(dpath="{dataset}/code", within=clusterings),
        split=lookup(dpath="{dataset}/split", within=clusterings),
        outputs=lookup(dpath="{dataset}/outputs", within=clusterings),
        weight=lookup(dpath="{dataset}/weight", within=clusterings),
        inputs=lookup(dpath="{dataset}/inputs", within=clusterings),
        at=lookup(dpath="{dataset}/at", within=clusterings),
        reverse_complement=lookup(dpath="{dataset}/reverse_complement", within=clusterings),
    script:
        "../../scripts/cluster_sequences.py"


rule split_sequences:
    input:
        unpack(split_inputs),
    output:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
        # Without rows, unless the config asks for some.
        calibration="<results>/{dataset}/splits/calibration.parquet",
        summary=report(
            "<results>/{dataset}/splits/summary.tsv",
            caption="../report/split.rst",
            category="1. Sequences",
            subcategory="{dataset}",
            labels={"what": "split"},
        ),
    log:
        "<logs>/split_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/split_sequences/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of(
            "split_sequences",
            f"seq2score.splits.{settings['datasets'][wildcards.dataset]['split']['method']}",
        ),
        split=lookup(dpath="datasets/{dataset}/split", within=settings),
        outputs=lookup(dpath="datasets/{dataset}/outputs", within=settings),
        reverse_complement=lookup(dpath="datasets/{dataset}/reverse_complement", within=settings),
        # A function of `input`, which is no cause to split again: it is for a first look.
        asked=lambda wildcards, input: asked_of(wildcards.dataset, settings),
    script:
        "../../scripts/split_sequences.py"


rule check_start:
    input:
        test="<results>/{dataset}/splits/test.parquet",
        learnt=lambda wildcards: settings["starts"][wildcards.model].learnt,
    output:
        "<results>/{dataset}/{model}/start.{digest}.tsv",
    log:
        "<logs>/check_start/{dataset}.{model}.{digest}.log",
    benchmark:
        "<benchmarks>/check_start/{dataset}.{model}.{digest}.jsonl"
    wildcard_constraints:
        model=one_of(settings["starts"]),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=code_of("check_start"),
        leaks=lambda wildcards: settings["starts"][wildcards.model].leaks,
        unchecked=lambda wildcards: settings["starts"][wildcards.model].unchecked,
        reverse_complement=lookup(dpath="datasets/{dataset}/reverse_complement", within=settings),
    script:
        "../../scripts/check_start.py"


targets += expand(
    "<results>/{dataset}/splits/{file}",
    dataset=settings["datasets"],
    file=["train.parquet", "validation.parquet", "test.parquet", "summary.tsv"],
)
