# From the synthetic task or the user's table to one table of sequences and scores.

# Folds share the sequences of the dataset that they are folds of.
bases = {about["fold_of"] or name: about for name, about in settings["datasets"].items()}
# The files of each user's table: with FASTA, that of the scores too; with BED, the genome.
tables = {name: sources.files(about["table"]) for name, about in bases.items() if "table" in about}
# What each table is checked by.
checks = {
    name: {
        "code": code_of(
            "check_table",
            f"seq2score.splits.{bases[name]['split']['method']}",
            *sources.modules(bases[name]["table"]),
        ),
        **{key: bases[name][key] for key in ("table", "task", "split", "reverse_complement")},
    }
    for name in tables
}


rule make_sequences:
    output:
        "<results>/{dataset}/sequences.parquet",
    log:
        "<logs>/make_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/make_sequences/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(name for name in bases if "synthetic" in bases[name]),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("make_sequences"),
        synthetic=lookup(dpath="{dataset}/synthetic", within=bases),
        task=lookup(dpath="{dataset}/task", within=bases),
    script:
        "../../scripts/make_sequences.py"


rule check_table:
    input:
        lambda wildcards: stored(tables[wildcards.dataset]),
    output:
        "<results>/{dataset}/checked.{digest}.json",
    log:
        "<logs>/check_table/{dataset}.{digest}.log",
    benchmark:
        "<benchmarks>/check_table/{dataset}.{digest}.jsonl"
    wildcard_constraints:
        dataset=one_of(tables),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=lookup(dpath="{dataset}/code", within=checks),
        table=lookup(dpath="{dataset}/table", within=checks),
        task=lookup(dpath="{dataset}/task", within=checks),
        split=lookup(dpath="{dataset}/split", within=checks),
        reverse_complement=lookup(dpath="{dataset}/reverse_complement", within=checks),
    script:
        "../../scripts/check_table.py"


rule import_table:
    input:
        verdict=lambda wildcards: verdict(wildcards.dataset),
        table=lambda wildcards: stored(tables[wildcards.dataset]),
    output:
        sequences="<results>/{dataset}/sequences.parquet",
        rejected="<results>/{dataset}/rejected.tsv",
    log:
        "<logs>/import_table/{dataset}.log",
    benchmark:
        "<benchmarks>/import_table/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(tables),
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(4000),
        runtime=growing(20),
    params:
        code=lambda wildcards: code_of(
            "import_table", *sources.modules(bases[wildcards.dataset]["table"])
        ),
        table=lookup(dpath="{dataset}/table", within=bases),
        task=lookup(dpath="{dataset}/task", within=bases),
        reverse_complement=lookup(dpath="{dataset}/reverse_complement", within=bases),
    script:
        "../../scripts/import_table.py"
