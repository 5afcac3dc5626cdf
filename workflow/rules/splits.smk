# Three files, so that training cannot see the test set.

# The sequences of a dataset, which folds share, and what else its split needs to know of them.
split_inputs = {name: {"sequences": "sequences.parquet"} for name in settings["datasets"]}
for name, about in settings["datasets"].items():
    if about["split"]["method"] == "similarity":
        split_inputs[name]["clusters"] = "clusters.parquet"
    if "table" in about:
        split_inputs[name]["verdict"] = "checked.json"
    for key, file in split_inputs[name].items():
        split_inputs[name][key] = f"<results>/{about['fold_of'] or name}/{file}"


rule cluster_sequences:
    input:
        "<results>/{dataset}/sequences.parquet",
    output:
        "<results>/{dataset}/clusters.parquet",
    log:
        "<logs>/cluster_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/cluster_sequences/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(bases),
    conda:
        "../../envs/similarity.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        code=code_of("cluster_sequences"),
        split=lookup(dpath="{dataset}/split", within=bases),
        reverse_complement=lookup(dpath="{dataset}/reverse_complement", within=bases),
    script:
        "../../scripts/cluster_sequences.py"


rule split_sequences:
    input:
        unpack(lambda wildcards: split_inputs[wildcards.dataset]),
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
        score=lookup(dpath="datasets/{dataset}/table/score", within=settings, default="score"),
        reverse_complement=lookup(dpath="datasets/{dataset}/reverse_complement", within=settings),
    script:
        "../../scripts/split_sequences.py"


targets += expand(
    "<results>/{dataset}/splits/{file}",
    dataset=settings["datasets"],
    file=["train.parquet", "validation.parquet", "test.parquet", "summary.tsv"],
)
