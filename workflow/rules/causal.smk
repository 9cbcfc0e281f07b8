rule causal_shard:
    """Compute deletion and insertion curves of an attack's SSIM deficit."""
    input:
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        attack=f"{RESULTS}/attacks/{{attack}}/{{shard}}.parquet",
        distortions=f"{RESULTS}/distortions/{{attack}}/{{shard}}.parquet",
    output:
        f"{RESULTS}/causal_curves/{{attack}}/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/causal/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("causal_shard"),
    params:
        stage=lambda wildcards: PLAN.stages.causal(wildcards.attack).canonical(),
        code=PLAN.code("causal_shard"),
    script:
        "../scripts/causal_shard.py"


rule causal_references_shard:
    """Compute deletion and insertion curves of the CAM and of a random order."""
    input:
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        cam=CAM,
    output:
        f"{RESULTS}/causal_references/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/causal_references/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("causal_references_shard"),
    params:
        stage=PLAN.stages.causal_references().canonical(),
        code=PLAN.code("causal_references_shard"),
    script:
        "../scripts/causal_references_shard.py"


rule causal_summary:
    """Summarise deletion and insertion curves across images, as a table and as text."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        curves=expand(rules.causal_shard.output, attack=ATTACKS, shard=SHARDS),
        references=expand(rules.causal_references_shard.output, shard=SHARDS),
    output:
        table=result(
            "causal_summary.parquet",
            "Statistics by attack",
            "causal_summary",
            "Causal test",
        ),
        text=result("causal.txt", "The result in words", "causal_words", "Causal test"),
    log:
        f"{RESULTS}/logs/causal_summary.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("causal_summary"),
    params:
        stage=PLAN.stages.causal_summary().canonical(),
        code=PLAN.code("causal_summary"),
    script:
        "../scripts/causal_summary.py"


rule causal:
    """Make all files of stage causal."""
    input:
        rules.causal_summary.output,
