# What variants change: checked before any training, then scored by every model.


rule check_variants:
    input:
        unpack(variant_files),
    output:
        checked="<results>/{dataset}/variants.{name}.{digest}.parquet",
        rejected="<results>/{dataset}/variants.{name}.{digest}.rejected.tsv",
    log:
        "<logs>/check_variants/{dataset}.{name}.{digest}.log",
    benchmark:
        "<benchmarks>/check_variants/{dataset}.{name}.{digest}.jsonl"
    wildcard_constraints:
        name=named("variants"),
    priority: 10  # before trainings, which take longer than a typo should
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code_for_variants,
        settings=variant_check,
    script:
        "../../scripts/check_variants.py"


rule score_variants:
    input:
        weights=of_seeds("model.safetensors"),
        descriptions=of_seeds("model.json"),
        checked=checked_variants("parquet"),
        certainty=of_seeds("calibration.safetensors", runs),
        looked=looked_for("variants"),
    output:
        temp("<results>/{dataset}/{model}/variants/{name}.part{part}.parquet"),
    log:
        "<logs>/score_variants/{dataset}.{model}.{name}.part{part}.log",
    benchmark:
        "<benchmarks>/score_variants/{dataset}.{model}.{name}.part{part}.jsonl"
    wildcard_constraints:
        name=named("variants"),
        part=r"\d+",
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=gpus,
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=code_with_model("score_variants"),
        settings=lambda wildcards: {
            "parts": question("variants", wildcards).parts,
            "level": settings.level,
            "device": settings.device,
            **settings.datasets[wildcards.dataset].facts("contrasts"),
        },
    script:
        "../../scripts/score_variants.py"


rule gather_variants:
    input:
        parts=lambda wildcards: [
            f"<results>/{{dataset}}/{{model}}/variants/{{name}}.part{part}.parquet"
            for part in range(1, question("variants", wildcards).parts + 1)
        ],
        checked=checked_variants("parquet"),
        rejected=checked_variants("rejected.tsv"),
        weights=of_seeds("model.safetensors"),
        descriptions=of_seeds("model.json"),
        calls=lambda wildcards: (
            stored([question("variants", wildcards).path])
            if question("variants", wildcards).format == "vcf"
            else []
        ),
    output:
        effects="<results>/{dataset}/{model}/variants/{name}.tsv",
        rejected="<results>/{dataset}/{model}/variants/{name}.rejected.tsv",
        points="<results>/{dataset}/{model}/variants/{name}.points.parquet",
        contexts="<results>/{dataset}/{model}/variants/{name}.contexts.tsv",
        measured="<results>/{dataset}/{model}/variants/{name}.measured.tsv",
    log:
        "<logs>/gather_variants/{dataset}.{model}.{name}.log",
    benchmark:
        "<benchmarks>/gather_variants/{dataset}.{model}.{name}.jsonl"
    wildcard_constraints:
        name=named("variants", lambda request: request.format == "tsv"),
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=gpus,
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code_with_model("gather_variants"),
        settings=lambda wildcards: {
            "variants": question("variants", wildcards).plain(),
            "device": settings.device,
        },
    script:
        "../../scripts/gather_variants.py"


use rule gather_variants as gather_variants_in_parquet with:
    output:
        effects="<results>/{dataset}/{model}/variants/{name}.parquet",
        rejected="<results>/{dataset}/{model}/variants/{name}.rejected.tsv",
        points="<results>/{dataset}/{model}/variants/{name}.points.parquet",
        contexts="<results>/{dataset}/{model}/variants/{name}.contexts.tsv",
        measured="<results>/{dataset}/{model}/variants/{name}.measured.tsv",
    wildcard_constraints:
        name=named("variants", lambda request: request.format == "parquet"),


use rule gather_variants as gather_variants_in_vcf with:
    output:
        effects="<results>/{dataset}/{model}/variants/{name}.vcf",
        rejected="<results>/{dataset}/{model}/variants/{name}.rejected.tsv",
        points="<results>/{dataset}/{model}/variants/{name}.points.parquet",
        contexts="<results>/{dataset}/{model}/variants/{name}.contexts.tsv",
        measured="<results>/{dataset}/{model}/variants/{name}.measured.tsv",
    wildcard_constraints:
        name=named("variants", lambda request: request.format == "vcf"),


rule plot_variants:
    input:
        points="<results>/{dataset}/{model}/variants/{name}.points.parquet",
        contexts="<results>/{dataset}/{model}/variants/{name}.contexts.tsv",
        measured="<results>/{dataset}/{model}/variants/{name}.measured.tsv",
    output:
        effects=in_report(
            "<results>/{dataset}/{model}/variants/{name}.png",
            "variants",
            "6. Variants",
            "effects of {name}",
        ),
        contexts=in_report(
            "<results>/{dataset}/{model}/variants/{name}.contexts.png",
            "variant_contexts",
            "6. Variants",
            "strongest of {name}",
        ),
        svg=multiext(
            "<results>/{dataset}/{model}/variants/{name}",
            ".svg",
            ".contexts.svg",
        ),
    log:
        "<logs>/plot_variants/{dataset}.{model}.{name}.log",
    benchmark:
        "<benchmarks>/plot_variants/{dataset}.{model}.{name}.jsonl"
    wildcard_constraints:
        name=named("variants"),
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("plot_variants"),
        settings=of_dataset("alphabet", "task"),
    script:
        "../../scripts/plot_variants.py"


rule plot_saturation:
    input:
        lambda wildcards: "<results>/{dataset}/{model}/variants/{name}."
        + question("variants", wildcards).format,
    output:
        png=in_report(
            "<results>/{dataset}/{model}/variants/{name}.saturation.png",
            "saturation",
            "6. Variants",
            "every change of {name}",
        ),
        svg="<results>/{dataset}/{model}/variants/{name}.saturation.svg",
    log:
        "<logs>/plot_saturation/{dataset}.{model}.{name}.log",
    benchmark:
        "<benchmarks>/plot_saturation/{dataset}.{model}.{name}.jsonl"
    wildcard_constraints:
        name=named("variants"),
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("plot_saturation"),
        settings=of_dataset("alphabet"),
    script:
        "../../scripts/plot_saturation.py"
