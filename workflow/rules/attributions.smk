# Why the models predict what they do: contributions of letters, words and motifs, and syntax.
# Of each model, or of the ensemble of its seeds.


rule attribute_sequences:
    input:
        weights=of_seeds("model.safetensors"),
        descriptions=of_seeds("model.json"),
        sequences=sequences_to_explain,
        looked=looked_for("attributions"),
    output:
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        table="<results>/{dataset}/{model}/attributions/contributions.tsv",
    log:
        "<logs>/attribute_sequences/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/attribute_sequences/{dataset}.{model}.jsonl"
    wildcard_constraints:
        model=one_of(settings.models if explained.parts == 1 else []),
    conda:
        "../../envs/model.yaml"
    resources:
        gpu=gpus,
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=code_for_attributions,
        settings=lambda wildcards: {
            "request": explained.request(),
            "parts": explained.parts,
            "method": explained.method or settings.models[wildcards.model].family.methods[0],
            "device": settings.device,
        },
    script:
        "../../scripts/attribute_sequences.py"


# A part of the same, where the sequences are spread over jobs. A part that died is done again alone.
use rule attribute_sequences as attribute_in_parts with:
    output:
        temp("<results>/{dataset}/{model}/attributions/part{part}.parquet"),
    log:
        "<logs>/attribute_in_parts/{dataset}.{model}.part{part}.log",
    benchmark:
        "<benchmarks>/attribute_in_parts/{dataset}.{model}.part{part}.jsonl"
    wildcard_constraints:
        part=r"\d+",


rule gather_attributions:
    input:
        [
            f"<results>/{{dataset}}/{{model}}/attributions/part{part}.parquet"
            for part in range(1, explained.parts + 1)
        ],
    output:
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        table="<results>/{dataset}/{model}/attributions/contributions.tsv",
    log:
        "<logs>/gather_attributions/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/gather_attributions/{dataset}.{model}.jsonl"
    wildcard_constraints:
        model=one_of(settings.models if explained.parts > 1 else []),
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(60),
    params:
        code=code_of("gather_attributions"),
    script:
        "../../scripts/gather_attributions.py"


rule discover_motifs:
    input:
        unpack(what_is_counted),
        weights=of_seeds("model.safetensors"),
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        filters=filters_of,
    output:
        words=in_report(
            "<results>/{dataset}/{model}/attributions/words.tsv",
            "words",
            "5. Why",
            "words that contribute, a table",
        ),
        motifs=in_report(
            "<results>/{dataset}/{model}/attributions/motifs.tsv",
            "discovered",
            "5. Why",
            "motifs discovered, a table",
        ),
        letters="<results>/{dataset}/{model}/attributions/letters.tsv",
        sites="<results>/{dataset}/{model}/attributions/sites.tsv",
        matrices="<results>/{dataset}/{model}/attributions/matrices.tsv",
        meme="<results>/{dataset}/{model}/attributions/motifs.meme",
    log:
        "<logs>/discover_motifs/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/discover_motifs/{dataset}.{model}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        code=code_with_model("discover_motifs"),
        settings=of_dataset(
            *("synthetic", "split", "reverse_complement"),
            request=explained.plain(),
            backgrounds=interpretation["backgrounds"],
        ),
    script:
        "../../scripts/discover_motifs.py"


# Discovered motifs are compared with known ones as filters are.
use rule match_motifs as match_discovered with:
    input:
        matrices="<results>/{dataset}/{model}/attributions/matrices.tsv",
        database=stored(filter(None, [settings.interpretation.database])),
    output:
        in_report(
            "<results>/{dataset}/{model}/attributions/matches.tsv",
            "discovered",
            "5. Why",
            "known motifs among them, a table",
        ),
    log:
        "<logs>/match_discovered/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/match_discovered/{dataset}.{model}.jsonl"


rule find_patterns:
    input:
        unpack(what_is_counted),
        weights=of_seeds("model.safetensors"),
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        filters=filters_of,
    output:
        table=in_report(
            "<results>/{dataset}/{model}/attributions/patterns.tsv",
            "patterns",
            "5. Why",
            "patterns by TF-MoDISco, a table",
        ),
        sites="<results>/{dataset}/{model}/attributions/patterns/sites.tsv",
        matrices="<results>/{dataset}/{model}/attributions/patterns/matrices.tsv",
    log:
        "<logs>/find_patterns/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/find_patterns/{dataset}.{model}.jsonl"
    conda:
        "../../envs/modisco.yaml"
    threads: 2
    resources:
        mem_mb=growing(8000),
        runtime=growing(120),
    params:
        code=code_with_model("find_patterns"),
        settings=of_dataset(
            *("synthetic", "split", "reverse_complement"),
            request=explained.plain(),
            **{key: interpretation[key] for key in ("backgrounds", "strands")},
        ),
    script:
        "../../scripts/find_patterns.py"


use rule match_motifs as match_patterns with:
    input:
        matrices="<results>/{dataset}/{model}/attributions/patterns/matrices.tsv",
        database=stored(filter(None, [settings.interpretation.database])),
    output:
        in_report(
            "<results>/{dataset}/{model}/attributions/patterns/matches.tsv",
            "patterns",
            "5. Why",
            "known motifs among patterns, a table",
        ),
    log:
        "<logs>/match_patterns/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/match_patterns/{dataset}.{model}.jsonl"


rule plot_patterns:
    input:
        motifs="<results>/{dataset}/{model}/attributions/patterns.tsv",
        matrices="<results>/{dataset}/{model}/attributions/patterns/matrices.tsv",
        matches="<results>/{dataset}/{model}/attributions/patterns/matches.tsv",
    output:
        png=in_report(
            "<results>/{dataset}/{model}/attributions/patterns.png",
            "patterns",
            "5. Why",
            "patterns by TF-MoDISco",
        ),
        svg="<results>/{dataset}/{model}/attributions/patterns.svg",
    log:
        "<logs>/plot_patterns/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/plot_patterns/{dataset}.{model}.jsonl"
    conda:
        "../../envs/plot.yaml"
    params:
        code=code_of("plot_patterns"),
        settings=of_dataset("alphabet"),
    script:
        "../../scripts/plot_patterns.py"


rule measure_syntax:
    input:
        unpack(what_is_counted),
        weights=of_seeds("model.safetensors"),
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        motifs="<results>/{dataset}/{model}/attributions/motifs.tsv",
        metrics=of_seeds("metrics.json", runs[-1:]),
        floors="<results>/{dataset}/floors.json",
    output:
        positions="<results>/{dataset}/{model}/attributions/positions.tsv",
        pairs="<results>/{dataset}/{model}/attributions/pairs.tsv",
        epistasis="<results>/{dataset}/{model}/attributions/epistasis.tsv",
        findings=in_report(
            "<results>/{dataset}/{model}/attributions/findings.tsv",
            "findings",
            "5. Why",
            "strongest findings, a table",
        ),
    log:
        "<logs>/measure_syntax/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/measure_syntax/{dataset}.{model}.jsonl"
    conda:
        "../../envs/model.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        code=code_with_model("measure_syntax"),
        settings=of_dataset(
            *("words", "synthetic", "split", "reverse_complement"),
            request=explained.plain(),
        ),
    script:
        "../../scripts/measure_syntax.py"


rule explain_residuals:
    input:
        unpack(clusters_of),
        predictions=of_seeds("predictions.parquet", runs[-1:]),
    output:
        in_report(
            "<results>/{dataset}/{model}/attributions/residuals.tsv",
            "explained_residuals",
            "5. Why",
            "what it fails on, a table",
        ),
    log:
        "<logs>/explain_residuals/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/explain_residuals/{dataset}.{model}.jsonl"
    conda:
        "../../envs/table.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        code=code_of("explain_residuals"),
        settings=of_dataset("weight", "replicates", "alphabet", "split", "reverse_complement"),
    script:
        "../../scripts/explain_residuals.py"


rule plot_attributions:
    input:
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        table="<results>/{dataset}/{model}/attributions/contributions.tsv",
        letters="<results>/{dataset}/{model}/attributions/letters.tsv",
        motifs="<results>/{dataset}/{model}/attributions/motifs.tsv",
        sites="<results>/{dataset}/{model}/attributions/sites.tsv",
        matrices="<results>/{dataset}/{model}/attributions/matrices.tsv",
        matches="<results>/{dataset}/{model}/attributions/matches.tsv",
        positions="<results>/{dataset}/{model}/attributions/positions.tsv",
        pairs="<results>/{dataset}/{model}/attributions/pairs.tsv",
        epistasis="<results>/{dataset}/{model}/attributions/epistasis.tsv",
    output:
        tracks=in_report(
            "<results>/{dataset}/{model}/attributions/tracks.png",
            "tracks",
            "5. Why",
            "contributions of letters",
        ),
        letters=in_report(
            "<results>/{dataset}/{model}/attributions/letters.png",
            "letters",
            "5. Why",
            "contributions by position",
        ),
        motifs=in_report(
            "<results>/{dataset}/{model}/attributions/motifs.png",
            "discovered_motifs",
            "5. Why",
            "motifs discovered",
        ),
        positions=in_report(
            "<results>/{dataset}/{model}/attributions/positions.png",
            "profiles",
            "5. Why",
            "effects by position",
        ),
        pairs=in_report(
            "<results>/{dataset}/{model}/attributions/pairs.png",
            "cooperation",
            "5. Why",
            "motifs together",
        ),
        epistasis=in_report(
            "<results>/{dataset}/{model}/attributions/epistasis.png",
            "epistasis",
            "5. Why",
            "pairs of mutations",
        ),
        svg=multiext(
            "<results>/{dataset}/{model}/attributions/",
            "tracks.svg",
            "letters.svg",
            "motifs.svg",
            "positions.svg",
            "pairs.svg",
            "epistasis.svg",
        ),
    log:
        "<logs>/plot_attributions/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/plot_attributions/{dataset}.{model}.jsonl"
    conda:
        "../../envs/plot.yaml"
    resources:
        mem_mb=growing(2000),
    params:
        code=code_of("plot_attributions"),
        settings=of_dataset("labels", "alphabet", output_name=explained.output),
    script:
        "../../scripts/plot_attributions.py"
