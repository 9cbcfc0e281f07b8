rule overlap:
    """Measure the overlap of distortions with explanations and other maps for each image."""
    input:
        explanations=expand(
            rules.explain_shard.output,
            network="",
            explanation=EXPLANATIONS,
            shard=SHARDS,
        ),
        references=expand(rules.references_shard.output, network="", shard=SHARDS),
        class_cams=expand(rules.class_cams_shard.output, shard=SHARDS),
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
        **PLAN.resources("overlap"),
    params:
        stage=PLAN.stages.overlap().canonical(),
        code=PLAN.code("overlap"),
    script:
        "../scripts/overlap.py"


rule summary:
    """Test and summarise overlap across images, compare the attacks."""
    input:
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        overlap=str(rules.overlap.output[0]),
        attacks=expand(
            rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS
        ),
    output:
        primary=result(
            "primary.parquet", "The test of each attack", "primary", "Answer"
        ),
        table=result("summary.parquet", "Statistics by attack", "summary", "Answer"),
        comparisons=result(
            "comparisons.parquet", "All pairs of attacks", "comparisons", "Answer"
        ),
        comparison=result(
            "comparison.md", "Attacks side by side", "comparison", "Attacks"
        ),
        details=result("details.md", "Other measures of overlap", "details", "Answer"),
    log:
        f"{RESULTS}/logs/summary.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("summary"),
    params:
        stage=PLAN.stages.summary().canonical(),
        code=PLAN.code("summary"),
    script:
        "../scripts/summary.py"
