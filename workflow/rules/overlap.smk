rule overlap:
    """Overlap of distortions with explanations and other maps, image by image, with nulls."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        explanations=expand(
            rules.explain_shard.output,
            network="",
            explanation=EXPLANATIONS,
            shard=SHARDS,
        ),
        distortions=expand(
            rules.ssim_shard.output.distortions,
            network="",
            attack=ATTACKS,
            shard=SHARDS,
        ),
    output:
        f"{RESULTS}/overlap.parquet",
    log:
        f"{RESULTS}/logs/overlap.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.overlap().canonical(),
        code=PLAN.code("overlap"),
    script:
        "../scripts/overlap.py"


rule summary:
    """Statistics across images, the answer in words, and the attacks side by side."""
    input:
        overlap=str(rules.overlap.output[0]),
        attacks=expand(
            rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS
        ),
    output:
        table=told("summary.parquet", "Statistics by attack", "summary", "Answer"),
        comparisons=told(
            "comparisons.parquet", "Every two attacks", "comparisons", "Answer"
        ),
        answer=told("answer.txt", "The answer", "answer", "Answer"),
        comparison=told(
            "comparison.md", "Attacks side by side", "comparison", "Attacks"
        ),
    log:
        f"{RESULTS}/logs/summary.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.summary().canonical(),
        code=PLAN.code("summary"),
    script:
        "../scripts/summary.py"
