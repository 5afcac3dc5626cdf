# What variants change: checked before any training, then scored by every model.

VARIANT_SOURCES = ("path", "sequences", "saturate")
# The dataset's own rules for what its models take.
taken = {
    name: {
        key: about.get("table", {}).get(key, default)
        for key, default in configuration.datasets.RULES.items()
    }
    for name, about in settings["datasets"].items()
}
# What decides which variants can be scored, apart from how effects are written.
asked = {
    name: {key: value for key, value in section.items() if key not in ("format", "parts")}
    for name, section in settings["variants"].items()
}


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
        name=one_of(settings["variants"]),
    priority: 10  # before trainings, which take longer than a typo should
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=lambda wildcards: code_of(
            "check_variants", *sources.modules(asked[wildcards.name], VARIANT_SOURCES)
        ),
        variants=lookup(dpath="{name}", within=asked),
        files=lambda wildcards: files_named(asked[wildcards.name]),
        rules=lookup(dpath="{dataset}", within=taken),
    script:
        "../../scripts/check_variants.py"


rule score_variants:
    input:
        weights=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.safetensors",
            seed=settings["seeds"],
        ),
        descriptions=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.json",
            seed=settings["seeds"],
        ),
        checked=lambda wildcards: "<results>/{dataset}/variants.{name}.{digest}.parquet".replace(
            "{digest}", verdict_on(wildcards.dataset, wildcards.name)
        ),
        certainty=collect("<results>/{{dataset}}/{{model}}/{run}/calibration.safetensors", run=runs),
    output:
        temp("<results>/{dataset}/{model}/variants/{name}.part{part}.parquet"),
    log:
        "<logs>/score_variants/{dataset}.{model}.{name}.part{part}.log",
    benchmark:
        "<benchmarks>/score_variants/{dataset}.{model}.{name}.part{part}.jsonl"
    wildcard_constraints:
        name=one_of(settings["variants"]),
        part=r"\d+",
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=lambda wildcards: code_of_model("score_variants", settings["models"][wildcards.model]),
        parts=lookup(dpath="variants/{name}/parts", within=settings),
        level=settings["intervals"]["level"],
        device=settings["device"],
    script:
        "../../scripts/score_variants.py"


rule gather_variants:
    input:
        parts=lambda wildcards: expand(
            "<results>/{{dataset}}/{{model}}/variants/{{name}}.part{part}.parquet",
            part=range(1, settings["variants"][wildcards.name]["parts"] + 1),
        ),
        checked=lambda wildcards: "<results>/{dataset}/variants.{name}.{digest}.parquet".replace(
            "{digest}", verdict_on(wildcards.dataset, wildcards.name)
        ),
        rejected=lambda wildcards: (
            "<results>/{dataset}/variants.{name}.{digest}.rejected.tsv".replace(
                "{digest}", verdict_on(wildcards.dataset, wildcards.name)
            )
        ),
        weights=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.safetensors",
            seed=settings["seeds"],
        ),
        descriptions=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.json",
            seed=settings["seeds"],
        ),
        calls=lambda wildcards: (
            stored([settings["variants"][wildcards.name]["path"]])
            if settings["variants"][wildcards.name]["format"] == "vcf"
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
        name=one_of(n for n, section in settings["variants"].items() if section["format"] == "tsv"),
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=lambda wildcards: code_of_model("gather_variants", settings["models"][wildcards.model]),
        variants=lookup(dpath="variants/{name}", within=settings),
        device=settings["device"],
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
        name=one_of(
            n for n, section in settings["variants"].items() if section["format"] == "parquet"
        ),


use rule gather_variants as gather_variants_in_vcf with:
    output:
        effects="<results>/{dataset}/{model}/variants/{name}.vcf",
        rejected="<results>/{dataset}/{model}/variants/{name}.rejected.tsv",
        points="<results>/{dataset}/{model}/variants/{name}.points.parquet",
        contexts="<results>/{dataset}/{model}/variants/{name}.contexts.tsv",
        measured="<results>/{dataset}/{model}/variants/{name}.measured.tsv",
    wildcard_constraints:
        name=one_of(n for n, section in settings["variants"].items() if section["format"] == "vcf"),


rule plot_variants:
    input:
        points="<results>/{dataset}/{model}/variants/{name}.points.parquet",
        contexts="<results>/{dataset}/{model}/variants/{name}.contexts.tsv",
        measured="<results>/{dataset}/{model}/variants/{name}.measured.tsv",
    output:
        effects=report(
            "<results>/{dataset}/{model}/variants/{name}.png",
            caption="../report/variants.rst",
            category="5. Variants",
            subcategory="{dataset}",
            labels={"what": "effects of {name}", "model": "{model}"},
        ),
        contexts=report(
            "<results>/{dataset}/{model}/variants/{name}.contexts.png",
            caption="../report/variant_contexts.rst",
            category="5. Variants",
            subcategory="{dataset}",
            labels={"what": "strongest of {name}", "model": "{model}"},
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
        name=one_of(settings["variants"]),
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_variants"),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
    script:
        "../../scripts/plot_variants.py"


rule plot_saturation:
    input:
        lambda wildcards: "<results>/{dataset}/{model}/variants/{name}.{format}".replace(
            "{format}", settings["variants"][wildcards.name]["format"]
        ),
    output:
        png=report(
            "<results>/{dataset}/{model}/variants/{name}.saturation.png",
            caption="../report/saturation.rst",
            category="5. Variants",
            subcategory="{dataset}",
            labels={"what": "every change of {name}", "model": "{model}"},
        ),
        svg="<results>/{dataset}/{model}/variants/{name}.saturation.svg",
    log:
        "<logs>/plot_saturation/{dataset}.{model}.{name}.log",
    benchmark:
        "<benchmarks>/plot_saturation/{dataset}.{model}.{name}.jsonl"
    wildcard_constraints:
        name=one_of(settings["variants"]),
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_saturation"),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
    script:
        "../../scripts/plot_saturation.py"


for dataset, about in settings["datasets"].items():
    for name in about["asks"]["variants"]:
        section = settings["variants"][name]
        targets += expand(
            "<results>/{dataset}/{model}/variants/{file}",
            dataset=dataset,
            model=about["models"],
            file=[
                f"{name}.{section['format']}",
                f"{name}.png",
                *([f"{name}.saturation.png"] if section["saturate"] is not None else []),
            ],
        )
