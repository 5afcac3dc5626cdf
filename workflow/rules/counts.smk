# From counts of barcodes to a table of activities, which goes on as any other.


rule check_counts:
    input:
        counts_files,
    output:
        "<results>/{dataset}/counts.{digest}.json",
    log:
        "<logs>/check_counts/{dataset}.{digest}.log",
    benchmark:
        "<benchmarks>/check_counts/{dataset}.{digest}.jsonl"
    wildcard_constraints:
        dataset=one_of(counted),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=code_of("check_counts"),
        settings=lambda wildcards: settings.bases[wildcards.dataset].facts("counts", "task"),
    script:
        "../../scripts/check_counts.py"


rule measure_activity:
    input:
        verdict=lambda wildcards: counts_checked(wildcards.dataset),
        files=counts_files,
    output:
        activity="<results>/{dataset}/activity.tsv",
        barcodes="<results>/{dataset}/rejected_barcodes.tsv",
        oligos="<results>/{dataset}/rejected_oligos.tsv",
        quality="<results>/{dataset}/quality.json",
    log:
        "<logs>/measure_activity/{dataset}.log",
    benchmark:
        "<benchmarks>/measure_activity/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(counted),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        code=code_of("measure_activity"),
        settings=lambda wildcards: settings.bases[wildcards.dataset].facts("counts"),
    script:
        "../../scripts/measure_activity.py"


targets += expand(
    "<results>/{dataset}/{file}",
    dataset=counted,
    file=["activity.tsv", "rejected_barcodes.tsv", "rejected_oligos.tsv", "quality.json"],
)
