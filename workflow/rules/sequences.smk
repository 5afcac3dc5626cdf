# From the synthetic task or the user's table to one table of sequences and scores.


rule make_sequences:
    output:
        "<results>/{dataset}/sequences.parquet",
    log:
        "<logs>/make_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/make_sequences/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(name for name, base in settings.bases.items() if base.is_synthetic),
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("make_sequences"),
        settings=lambda wildcards: settings.bases[wildcards.dataset].facts("synthetic", "task"),
    script:
        "../../scripts/make_sequences.py"


rule check_table:
    input:
        table_files,
    output:
        "<results>/{dataset}/checked.{digest}.json",
    log:
        "<logs>/check_table/{dataset}.{digest}.log",
    benchmark:
        "<benchmarks>/check_table/{dataset}.{digest}.jsonl"
    wildcard_constraints:
        dataset=one_of(name for name, base in settings.bases.items() if not base.is_synthetic),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=lambda wildcards: check_of(wildcards.dataset)[0],
        settings=lambda wildcards: check_of(wildcards.dataset)[1],
    script:
        "../../scripts/check_table.py"


rule import_table:
    input:
        verdict=lambda wildcards: verdict(wildcards.dataset),
        table=table_files,
    output:
        sequences="<results>/{dataset}/sequences.parquet",
        rejected="<results>/{dataset}/rejected.tsv",
    log:
        "<logs>/import_table/{dataset}.log",
    benchmark:
        "<benchmarks>/import_table/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(name for name, base in settings.bases.items() if not base.is_synthetic),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=lambda wildcards: code_of(
            "import_table", *sources.modules(settings.bases[wildcards.dataset].table)
        ),
        settings=lambda wildcards: settings.bases[wildcards.dataset].facts(
            "table", "task", "reverse_complement"
        ),
    script:
        "../../scripts/import_table.py"
