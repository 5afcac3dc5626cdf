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
        igvf=directory("<results>/{dataset}/igvf"),
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


rule plot_experiment:
    input:
        activity="<results>/{dataset}/activity.tsv",
        quality="<results>/{dataset}/quality.json",
    output:
        overview=in_report(
            "<results>/{dataset}/figures/experiment.png",
            "experiment",
            "0. Experiment",
            "is it good enough?",
        ),
        replicates=in_report(
            "<results>/{dataset}/figures/replicates.png",
            "replicates",
            "0. Experiment",
            "replicates",
        ),
        others=multiext("<results>/{dataset}/figures/", "experiment.svg", "replicates.svg"),
    log:
        "<logs>/plot_experiment/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_experiment/{dataset}.jsonl"
    wildcard_constraints:
        dataset=one_of(counted),
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("plot_experiment"),
    script:
        "../../scripts/plot_experiment.py"


targets += expand(
    "<results>/{dataset}/{file}",
    dataset=counted,
    file=[
        *("activity.tsv", "rejected_barcodes.tsv", "rejected_oligos.tsv", "quality.json"),
        *("figures/experiment.png", "figures/replicates.png"),
    ],
)
