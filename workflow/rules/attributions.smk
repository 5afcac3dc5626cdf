# Why the models predict what they do: contributions of letters, words and motifs, and syntax.
# Of each model, or of the ensemble of its seeds.


explained = settings["attributions"] or {}
attributed = [
    f"<results>/{dataset}/{model}/attributions"
    for dataset in settings["datasets"]
    for model in settings["datasets"][dataset]["models"]
    if explained
]


rule attribute_sequences:
    input:
        weights=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.safetensors",
            seed=settings["seeds"],
        ),
        descriptions=collect(
            "<results>/{{dataset}}/{{model}}/seed{seed}/model.json",
            seed=settings["seeds"],
        ),
        sequences=(
            sources.files(explained["sequences"])
            if isinstance(explained.get("sequences"), dict)
            else (
                "<results>/{dataset}/splits/test.parquet"
                if explained.get("sequences") == "test"
                else "<results>/{dataset}/sequences.parquet"
            )
        ),
    output:
        one_hot="<results>/{dataset}/{model}/attributions/one_hot.npz",
        hypothetical="<results>/{dataset}/{model}/attributions/hypothetical.npz",
        table="<results>/{dataset}/{model}/attributions/contributions.tsv",
    log:
        "<logs>/attribute_sequences/{dataset}.{model}.log",
    benchmark:
        "<benchmarks>/attribute_sequences/{dataset}.{model}.jsonl"
    conda:
        "../../envs/attributions.yaml"
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        code=lambda wildcards: code_of_model(
            "attribute_sequences",
            settings["models"][wildcards.model],
            *(
                sources.modules(explained["sequences"])
                if isinstance(explained["sequences"], dict)
                else []
            ),
        ),
        asked=explained,
        method=lambda wildcards: (
            explained["method"] or settings["models"][wildcards.model]["attributions"][0]
        ),
        device=settings["device"],
    script:
        "../../scripts/attribute_sequences.py"


targets += [f"{folder}/contributions.tsv" for folder in attributed]
