# Three files, so that training cannot see the test set.


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


def split_inputs(wildcards):
    """The sequences of a dataset, which folds share, and what else the split needs to know of them."""
    about = settings["datasets"][wildcards.dataset]
    folder = f"<results>/{about['fold_of'] or wildcards.dataset}"
    files = {"sequences": f"{folder}/sequences.parquet"}
    if about["split"]["method"] == "similarity":
        files["clusters"] = f"{folder}/clusters.parquet"
    if "table" in about:
        files["verdict"] = f"{folder}/checked.json"
    return files


rule split_sequences:
    input:
        unpack(split_inputs),
    output:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
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
