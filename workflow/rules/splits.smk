# Three files, so that training cannot see the test set; and a look at what is asked of sequences,
# before any training.


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
        dataset=one_of(settings.bases),
    conda:
        "../../envs/table.yaml"
    threads: 8
    resources:
        mem_mb=growing(8000),
        runtime=growing(60),
    params:
        code=code_of("cluster_sequences"),
        settings=lambda wildcards: clustering_of(wildcards.dataset),
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
        relatives="<results>/{dataset}/splits/relatives.parquet",
        summary=in_report(
            "<results>/{dataset}/splits/summary.tsv", "split", "1. Sequences", "split"
        ),
    log:
        "<logs>/split_sequences/{dataset}.log",
    benchmark:
        "<benchmarks>/split_sequences/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=lambda wildcards: code_of(
            "split_sequences",
            f"seq2score.splits.{settings.datasets[wildcards.dataset].split['method']}",
        ),
        settings=of_dataset("split", "outputs", "reverse_complement"),
    script:
        "../../scripts/split_sequences.py"


# What models and questions need of a dataset's sequences: refused before any training. The requests
# are no params, which would have this step run again when they change: Snakemake does not look at
# what comes after a step that runs, so that a training whose settings changed too would be left out.
rule preflight:
    input:
        sequences=sequences_of,
        train="<results>/{dataset}/splits/train.parquet",
    output:
        "<results>/{dataset}/preflight.json",
    log:
        "<logs>/preflight/{dataset}.log",
    benchmark:
        "<benchmarks>/preflight/{dataset}.jsonl"
    priority: 10
    conda:
        "../../envs/table.yaml"
    resources:
        requests=lambda wildcards: json.dumps(requests_of(wildcards.dataset)),
    script:
        "../../scripts/preflight.py"


# The same of one question, which waits for it, whenever it asks for something else than before.
use rule preflight as preflight_question with:
    input:
        sequences=sequences_of,
        train="<results>/{dataset}/splits/train.parquet",
        files=lambda wildcards: files_to_look_at(requests_of(**wildcards)),
    output:
        "<results>/{dataset}/preflight/{request}.{digest}.json",
    log:
        "<logs>/preflight/{dataset}.{request}.{digest}.log",
    benchmark:
        "<benchmarks>/preflight/{dataset}.{request}.{digest}.jsonl"
    resources:
        requests=lambda wildcards: json.dumps(requests_of(**wildcards)),


rule check_start:
    input:
        test="<results>/{dataset}/splits/test.parquet",
        learnt=lambda wildcards: settings.models[wildcards.model].start.learnt,
    output:
        "<results>/{dataset}/{model}/start.{digest}.tsv",
    log:
        "<logs>/check_start/{dataset}.{model}.{digest}.log",
    benchmark:
        "<benchmarks>/check_start/{dataset}.{model}.{digest}.jsonl"
    wildcard_constraints:
        model=one_of(name for name, model in settings.models.items() if model.start),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(1500),
    params:
        code=code_of("check_start"),
        settings=lambda wildcards: settings.models[wildcards.model].start.checked()
        | settings.datasets[wildcards.dataset].facts("reverse_complement"),
    script:
        "../../scripts/check_start.py"


targets += expand(
    "<results>/{dataset}/{file}",
    dataset=settings.datasets,
    file=[
        *[f"splits/{part}.parquet" for part in ("train", "validation", "test")],
        "splits/summary.tsv",
        "preflight.json",
    ],
)
