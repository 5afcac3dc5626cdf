# What a model has learned: the motifs of its first filters, and what motifs and mutations do.


# A job for a model: most of the time of a small one is taken by torch, which it imports.
examined = {
    "model": "<results>/{dataset}/{model}/seed{seed}/model.safetensors",
    "about": "<results>/{dataset}/{model}/seed{seed}/model.json",
    "predictions": "<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
    "parts": [
        f"<results>/{{dataset}}/splits/{part}.parquet"
        for part in ("train", "validation", "calibration")
        if settings.interpretation.ids
    ],
    "files": stored(settings.interpretation.files),
}
perturbed = {
    name: f"<results>/{{dataset}}/{{model}}/seed{{seed}}/{name}.tsv"
    for name in ("insertions", "mutagenesis", "attribution")
}


# Drawn where sequences are mutated at all.
mutated, mutated_figures = {}, {}
if settings.interpretation.mutate:
    mutated["mutagenesis"] = perturbed["mutagenesis"]
    mutated_figures = {
        "mutagenesis": in_report(
            "<results>/{dataset}/{model}/seed{seed}/mutagenesis.png",
            "mutagenesis",
            "4. Interpretation",
            "in-silico mutagenesis",
        ),
        "mutagenesis_svg": "<results>/{dataset}/{model}/seed{seed}/mutagenesis.svg",
    }


rule interpret_model:
    input:
        **examined,
        looked=looked_for("interpretation"),
    output:
        **perturbed,
    log:
        "<logs>/interpret_model/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/interpret_model/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(name for name, model in settings.models.items() if not model.has_filters),
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(1500),
    params:
        code=code_with_model(
            "interpret_model",
            *(m for f in settings.interpretation.files for m in sources.modules({"path": f})),
        ),
        settings=of_dataset(
            *("words", "synthetic"),
            ids=settings.interpretation.ids,
            scan={key: interpretation[key] for key in ("threshold", "sites", "pseudocount")},
            **{key: interpretation[key] for key in ("backgrounds", "mutate")},
        ),
    script:
        "../../scripts/interpret_model.py"


use rule interpret_model as interpret_filters with:
    input:
        **examined,
        looked=looked_for("interpretation"),
        scanned=(
            sequences_of
            if settings.interpretation.sequences == "all"
            else "<results>/{dataset}/splits/test.parquet"
        ),
    output:
        **perturbed,
        filters=in_report(
            "<results>/{dataset}/{model}/seed{seed}/filters/filters.tsv",
            "filters",
            "4. Interpretation",
            "filters, a table",
        ),
        matrices="<results>/{dataset}/{model}/seed{seed}/filters/matrices.tsv",
        meme="<results>/{dataset}/{model}/seed{seed}/filters/filters.meme",
    log:
        "<logs>/interpret_filters/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/interpret_filters/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(name for name, model in settings.models.items() if model.has_filters),


rule match_motifs:
    input:
        matrices="<results>/{dataset}/{model}/seed{seed}/filters/matrices.tsv",
        database=stored(filter(None, [settings.interpretation.database])),
    output:
        in_report(
            "<results>/{dataset}/{model}/seed{seed}/filters/matches.tsv",
            "matches",
            "4. Interpretation",
            "motifs that match, a table",
        ),
    log:
        "<logs>/match_motifs/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/match_motifs/{dataset}.{model}.seed{seed}.jsonl"
    conda:  # words need neither Tomtom nor JASPAR, which are large
        (
            "../../envs/motifs.yaml"
            if settings.interpretation.motifs != "planted"
            else "../../envs/table.yaml"
        )
    params:
        code=code_of("match_motifs"),
        settings=of_dataset(
            "words",
            **{key: interpretation[key] for key in ("motifs", "jaspar", "expected", "strands")},
        ),
    script:
        "../../scripts/match_motifs.py"


rule plot_interpretation:
    input:
        **mutated,
    output:
        **mutated_figures,
    log:
        "<logs>/plot_interpretation/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/plot_interpretation/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(name for name, model in settings.models.items() if not model.has_filters),
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("plot_interpretation"),
        settings=of_dataset("task", "alphabet", "labels"),
    script:
        "../../scripts/plot_interpretation.py"


use rule plot_interpretation as plot_filters with:
    input:
        **mutated,
        filters="<results>/{dataset}/{model}/seed{seed}/filters/filters.tsv",
        matrices="<results>/{dataset}/{model}/seed{seed}/filters/matrices.tsv",
        matches="<results>/{dataset}/{model}/seed{seed}/filters/matches.tsv",
    output:
        **mutated_figures,
        heatmaps=in_report(
            "<results>/{dataset}/{model}/seed{seed}/filters/heatmaps.png",
            "heatmaps",
            "4. Interpretation",
            "filters as heatmaps",
        ),
        logos=in_report(
            "<results>/{dataset}/{model}/seed{seed}/filters/logos.png",
            "logos",
            "4. Interpretation",
            "filters as logos",
        ),
        top=in_report(
            "<results>/{dataset}/{model}/seed{seed}/filters/top_filters.png",
            "top_filters",
            "4. Interpretation",
            "most important filters",
        ),
        svg=multiext(
            "<results>/{dataset}/{model}/seed{seed}/filters/",
            "heatmaps.svg",
            "logos.svg",
            "top_filters.svg",
        ),
    log:
        "<logs>/plot_filters/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/plot_filters/{dataset}.{model}.seed{seed}.jsonl"
    wildcard_constraints:
        model=one_of(name for name, model in settings.models.items() if model.has_filters),


rule recover_motifs:
    input:
        filters=of_runs("filters/filters.tsv", models=settings.with_filters),
        matches=of_runs("filters/matches.tsv", models=settings.with_filters),
    output:
        in_report(
            "<results>/{dataset}/recovery.tsv",
            "recovery",
            "4. Interpretation",
            "motifs found, a table",
            model="all",
            run="all",
        ),
    log:
        "<logs>/recover_motifs/{dataset}.log",
    benchmark:
        "<benchmarks>/recover_motifs/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    params:
        code=code_of("recover_motifs"),
        settings=lambda wildcards: {
            "models": settings.with_filters(wildcards.dataset),
            "seeds": settings.seeds,
            "known": settings.datasets[wildcards.dataset].expected,
        },
    script:
        "../../scripts/recover_motifs.py"


rule plot_latent:
    input:
        model="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        about="<results>/{dataset}/{model}/seed{seed}/model.json",
        predictions="<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
    output:
        additive="<results>/{dataset}/{model}/seed{seed}/latent/additive.tsv",
        pairwise="<results>/{dataset}/{model}/seed{seed}/latent/pairwise.tsv",
        curve="<results>/{dataset}/{model}/seed{seed}/latent/curve.tsv",
        png=in_report(
            "<results>/{dataset}/{model}/seed{seed}/latent/curve.png",
            "latent",
            "4. Interpretation",
            "latent trait and curve",
        ),
        svg="<results>/{dataset}/{model}/seed{seed}/latent/curve.svg",
    log:
        "<logs>/plot_latent/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/plot_latent/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(1500),
    params:
        code=code_with_model("plot_latent"),
        settings=lambda wildcards: {
            **settings.datasets[wildcards.dataset].facts("alphabet"),
            "model": wildcards.model,
            "models": every_model,
        },
    script:
        "../../scripts/plot_latent.py"


rule plot_motif_effects:
    input:
        insertions=of_runs("insertions.tsv"),
        attribution=of_runs("attribution.tsv"),
    output:
        effects=in_report(
            "<results>/{dataset}/motif_effects.tsv",
            "motif_effects",
            "4. Interpretation",
            "effects of motifs, a table",
            model="all",
            run="all",
        ),
        attribution=in_report(
            "<results>/{dataset}/attribution.tsv",
            "attribution",
            "4. Interpretation",
            "motifs by mutagenesis, a table",
            model="all",
            run="all",
        ),
        figure=in_report(
            "<results>/{dataset}/figures/motif_effects.png",
            "motif_effects",
            "4. Interpretation",
            "effects of motifs",
            model="all",
            run="all",
        ),
        svg="<results>/{dataset}/figures/motif_effects.svg",
    log:
        "<logs>/plot_motif_effects/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_motif_effects/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("plot_motif_effects"),
        settings=of_dataset("labels", "models", all_models=every_model, seeds=settings.seeds),
    script:
        "../../scripts/plot_motif_effects.py"


targets += [
    f"<results>/{name}/{file}"
    for name, dataset in settings.datasets.items()
    for file in [
        *(f"{m}/{run}/filters/logos.png" for m in settings.with_filters(name) for run in seeded),
        *(
            f"{model}/{run}/latent/curve.png"
            for model in dataset.models
            for run in seeded
            if settings.models[model].architecture == "epistasis"
            and not TASKS[dataset.section.task].labels
        ),
        *(
            f"{model}/{run}/mutagenesis.png"
            for model in dataset.models
            for run in seeded
            if settings.interpretation.mutate
        ),
        *(["figures/motif_effects.png"] if dataset.words else []),
        *(["recovery.tsv"] if dataset.expected and settings.with_filters(name) else []),
    ]
]
