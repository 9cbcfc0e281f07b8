rule figures:
    """Draw a contact sheet for each attack, and one image by all attacks."""
    input:
        overlap=str(rules.overlap.output[0]),
        classes=str(rules.classes.output[0]),
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        cam=expand(
            rules.explain_shard.output, network="", explanation="cam", shard=SHARDS
        ),
        attacks=expand(
            rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS
        ),
        ssim=expand(
            rules.ssim_shard.output.ssim, network="", attack=ATTACKS, shard=SHARDS
        ),
        attacked_cam=expand(
            rules.explain_attack_shard.output,
            attack=ATTACKS,
            explanation=["cam"] if "cam" in ATTACKED_EXPLANATIONS else [],
            shard=SHARDS,
        ),
    output:
        **drawn_by("figures", "Answer"),
        # The report shows the large sheets in one format only.
        sheets=[
            path
            for attack in ATTACKS
            for path in figure(
                f"sheet_{attack}",
                attack,
                "sheet",
                "Contact sheets",
                shown=("png", "parquet"),
            )
        ],
    log:
        f"{RESULTS}/logs/figures.log",
    conda:
        ENVIRONMENT
    resources:
        # Drawing the sheets takes longest.
        **PLAN.resources(
            "figures", images=min(PLAN.subset.images, PLAN.study.figures.sheet_images)
        ),
    params:
        stage=PLAN.stages.figures().canonical(),
        code=PLAN.code("figures"),
    script:
        "../scripts/figures.py"
