# What a model has learned: the motifs of its first filters, and what motifs and mutations do.


rule scan_filters:
    input:
        model="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        about="<results>/{dataset}/{model}/seed{seed}/model.json",
        predictions="<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
        scanned=branch(
            lookup(dpath="interpretation/sequences", within=settings) == "all",
            then="<results>/{dataset}/sequences.parquet",
            otherwise="<results>/{dataset}/splits/test.parquet",
        ),
    output:
        filters=report(
            "<results>/{dataset}/{model}/seed{seed}/filters/filters.tsv",
            caption="../report/filters.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "filters, a table", "model": "{model}", "run": "seed{seed}"},
        ),
        matrices="<results>/{dataset}/{model}/seed{seed}/filters/matrices.tsv",
        meme="<results>/{dataset}/{model}/seed{seed}/filters/filters.meme",
    log:
        "<logs>/scan_filters/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/scan_filters/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of_model("scan_filters", settings["models"][wildcards.model]),
        threshold=lookup(dpath="interpretation/threshold", within=settings),
        sites=lookup(dpath="interpretation/sites", within=settings),
        pseudocount=lookup(dpath="interpretation/pseudocount", within=settings),
    script:
        "../../scripts/scan_filters.py"


rule match_motifs:
    input:
        matrices="<results>/{dataset}/{model}/seed{seed}/filters/matrices.tsv",
        database=branch(
            lookup(dpath="interpretation/motifs", within=settings) in ("planted", "jaspar"),
            then=[],
            otherwise=lookup(dpath="interpretation/motifs", within=settings),
        ),
    output:
        report(
            "<results>/{dataset}/{model}/seed{seed}/filters/matches.tsv",
            caption="../report/matches.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "motifs that match, a table", "model": "{model}", "run": "seed{seed}"},
        ),
    log:
        "<logs>/match_motifs/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/match_motifs/{dataset}.{model}.seed{seed}.jsonl"
    conda:  # words need neither Tomtom nor JASPAR, which are large
        (
            "../../envs/motifs.yaml"
            if settings["interpretation"]["motifs"] != "planted"
            else "../../envs/table.yaml"
        )
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("match_motifs"),
        motifs=lookup(dpath="interpretation/motifs", within=settings),
        jaspar=lookup(dpath="interpretation/jaspar", within=settings),
        expected=lookup(dpath="interpretation/expected", within=settings),
        strands=lookup(dpath="interpretation/strands", within=settings),
        words=lookup(dpath="datasets/{dataset}/words", within=settings),
    script:
        "../../scripts/match_motifs.py"


rule plot_filters:
    input:
        filters="<results>/{dataset}/{model}/seed{seed}/filters/filters.tsv",
        matrices="<results>/{dataset}/{model}/seed{seed}/filters/matrices.tsv",
        matches="<results>/{dataset}/{model}/seed{seed}/filters/matches.tsv",
    output:
        heatmaps=report(
            "<results>/{dataset}/{model}/seed{seed}/filters/heatmaps.png",
            caption="../report/heatmaps.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "filters as heatmaps", "model": "{model}", "run": "seed{seed}"},
        ),
        logos=report(
            "<results>/{dataset}/{model}/seed{seed}/filters/logos.png",
            caption="../report/logos.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "filters as logos", "model": "{model}", "run": "seed{seed}"},
        ),
        top=report(
            "<results>/{dataset}/{model}/seed{seed}/filters/top_filters.png",
            caption="../report/top_filters.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "most important filters", "model": "{model}", "run": "seed{seed}"},
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
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_filters"),
        task=lookup(dpath="datasets/{dataset}/task", within=settings),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
    script:
        "../../scripts/plot_filters.py"


rule recover_motifs:
    input:
        filters=expand(
            "<results>/{{dataset}}/{model}/seed{seed}/filters/filters.tsv",
            model=lookup(dpath="datasets/{dataset}/models_with_filters", within=settings),
            seed=settings["seeds"],
        ),
        matches=expand(
            "<results>/{{dataset}}/{model}/seed{seed}/filters/matches.tsv",
            model=lookup(dpath="datasets/{dataset}/models_with_filters", within=settings),
            seed=settings["seeds"],
        ),
    output:
        report(
            "<results>/{dataset}/recovery.tsv",
            caption="../report/recovery.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "motifs found, a table", "model": "all", "run": "all"},
        ),
    log:
        "<logs>/recover_motifs/{dataset}.log",
    benchmark:
        "<benchmarks>/recover_motifs/{dataset}.jsonl"
    conda:
        "../../envs/table.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("recover_motifs"),
        models=lookup(dpath="datasets/{dataset}/models_with_filters", within=settings),
        seeds=settings["seeds"],
        known=lookup(dpath="datasets/{dataset}/expected", within=settings),
    script:
        "../../scripts/recover_motifs.py"


rule perturb_sequences:
    input:
        model="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        about="<results>/{dataset}/{model}/seed{seed}/model.json",
        predictions="<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
        parts=[
            f"<results>/{{dataset}}/splits/{part}.parquet"
            for part in ("train", "validation", "calibration")
            if configuration.questions.ids_to_mutate(settings)
        ],
        files=stored(configuration.questions.files_to_mutate(settings)),
    output:
        insertions="<results>/{dataset}/{model}/seed{seed}/insertions.tsv",
        mutagenesis="<results>/{dataset}/{model}/seed{seed}/mutagenesis.tsv",
        attribution="<results>/{dataset}/{model}/seed{seed}/attribution.tsv",
    log:
        "<logs>/perturb_sequences/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/perturb_sequences/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of_model(
            "perturb_sequences",
            settings["models"][wildcards.model],
            *(
                module
                for file in configuration.questions.files_to_mutate(settings)
                for module in sources.modules({"path": file})
            ),
        ),
        ids=configuration.questions.ids_to_mutate(settings),
        words=lookup(dpath="datasets/{dataset}/words", within=settings),
        synthetic=lookup(dpath="datasets/{dataset}/synthetic", within=settings, default=None),
        backgrounds=lookup(dpath="interpretation/backgrounds", within=settings),
        mutate=lookup(dpath="interpretation/mutate", within=settings),
    script:
        "../../scripts/perturb_sequences.py"


rule plot_mutagenesis:
    input:
        "<results>/{dataset}/{model}/seed{seed}/mutagenesis.tsv",
    output:
        png=report(
            "<results>/{dataset}/{model}/seed{seed}/mutagenesis.png",
            caption="../report/mutagenesis.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "in-silico mutagenesis", "model": "{model}", "run": "seed{seed}"},
        ),
        svg="<results>/{dataset}/{model}/seed{seed}/mutagenesis.svg",
    log:
        "<logs>/plot_mutagenesis/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/plot_mutagenesis/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_mutagenesis"),
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
    script:
        "../../scripts/plot_mutagenesis.py"


rule plot_latent:
    input:
        model="<results>/{dataset}/{model}/seed{seed}/model.safetensors",
        about="<results>/{dataset}/{model}/seed{seed}/model.json",
        predictions="<results>/{dataset}/{model}/seed{seed}/predictions.parquet",
    output:
        additive="<results>/{dataset}/{model}/seed{seed}/latent/additive.tsv",
        pairwise="<results>/{dataset}/{model}/seed{seed}/latent/pairwise.tsv",
        curve="<results>/{dataset}/{model}/seed{seed}/latent/curve.tsv",
        png=report(
            "<results>/{dataset}/{model}/seed{seed}/latent/curve.png",
            caption="../report/latent.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "latent trait and curve", "model": "{model}", "run": "seed{seed}"},
        ),
        svg="<results>/{dataset}/{model}/seed{seed}/latent/curve.svg",
    log:
        "<logs>/plot_latent/{dataset}.{model}.seed{seed}.log",
    benchmark:
        "<benchmarks>/plot_latent/{dataset}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/model.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        code=lambda wildcards: code_of_model("plot_latent", settings["models"][wildcards.model]),
        alphabet=lookup(dpath="datasets/{dataset}/table/alphabet", within=settings, default="dna"),
        model=lambda wildcards: wildcards.model,
        models=list(settings["models"]),
    script:
        "../../scripts/plot_latent.py"


rule plot_motif_effects:
    input:
        insertions=expand(
            "<results>/{{dataset}}/{model}/seed{seed}/insertions.tsv",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            seed=settings["seeds"],
        ),
        attribution=expand(
            "<results>/{{dataset}}/{model}/seed{seed}/attribution.tsv",
            model=lookup(dpath="datasets/{dataset}/models", within=settings),
            seed=settings["seeds"],
        ),
    output:
        effects=report(
            "<results>/{dataset}/motif_effects.tsv",
            caption="../report/motif_effects.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "effects of motifs, a table", "model": "all", "run": "all"},
        ),
        attribution=report(
            "<results>/{dataset}/attribution.tsv",
            caption="../report/attribution.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "motifs by mutagenesis, a table", "model": "all", "run": "all"},
        ),
        figure=report(
            "<results>/{dataset}/figures/motif_effects.png",
            caption="../report/motif_effects.rst",
            category="4. Interpretation",
            subcategory="{dataset}",
            labels={"what": "effects of motifs", "model": "all", "run": "all"},
        ),
        svg="<results>/{dataset}/figures/motif_effects.svg",
    log:
        "<logs>/plot_motif_effects/{dataset}.log",
    benchmark:
        "<benchmarks>/plot_motif_effects/{dataset}.jsonl"
    conda:
        "../../envs/plot.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_of("plot_motif_effects"),
        labels=lookup(dpath="datasets/{dataset}/labels", within=settings),
        models=lookup(dpath="datasets/{dataset}/models", within=settings),
        all_models=list(settings["models"]),
        seeds=settings["seeds"],
    script:
        "../../scripts/plot_motif_effects.py"


for dataset, of in settings["datasets"].items():
    targets += expand(
        "<results>/{dataset}/{model}/seed{seed}/filters/logos.png",
        dataset=dataset,
        model=of["models_with_filters"],
        seed=settings["seeds"],
    )
    targets += [
        f"<results>/{dataset}/{model}/seed{seed}/latent/curve.png"
        for model in of["models"]
        for seed in settings["seeds"]
        if settings["models"][model]["architecture"] == "epistasis" and not TASKS[of["task"]].labels
    ]
    targets += expand(
        "<results>/{dataset}/{model}/seed{seed}/mutagenesis.png",
        dataset=dataset,
        model=of["models"] if settings["interpretation"]["mutate"] else [],
        seed=settings["seeds"],
    )
    if of["words"]:
        targets.append(f"<results>/{dataset}/figures/motif_effects.png")
    if of["expected"] and of["models_with_filters"]:
        targets.append(f"<results>/{dataset}/recovery.tsv")
