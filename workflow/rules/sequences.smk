# From the synthetic task or the user's table to one table of sequences and scores.


rule make_sequences:
    output:
        "<results>/{dataset}/sequences.parquet",
    log:
        "<logs>/make_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/make_sequences/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(d for d in settings["datasets"] if "synthetic" in settings["datasets"][d]),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("make_sequences"),
        synthetic=lookup(dpath="datasets/{dataset}/synthetic", within=settings),
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
    script:
        "../../scripts/make_sequences.py"
