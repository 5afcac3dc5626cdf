# Three files, so that training cannot see the test set.


rule split_sequences:
    input:
        sequences=lambda wildcards: (
            "<results>/{}/sequences.parquet".format(
                settings["datasets"][wildcards.dataset]["fold_of"] or wildcards.dataset
            )
        ),
    output:
        train="<results>/{dataset}/splits/train.parquet",
        validation="<results>/{dataset}/splits/validation.parquet",
        test="<results>/{dataset}/splits/test.parquet",
        summary="<results>/{dataset}/splits/summary.tsv",
    log:
        "<logs>/split_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/split_sequences/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
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
    "<results>/{dataset}/splits/{part}.parquet",
    dataset=settings["datasets"],
    part=["train", "validation", "test"],
)
