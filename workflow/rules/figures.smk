rule figures:
    """The overview of overlap by attack, and a contact sheet for each attack."""
    input:
        summary=rules.summary.output.table,
        overlap=rules.overlap.output[0],
        classes=rules.classes.output[0],
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
    output:
        overview=report(
            multiext(f"{RESULTS}/figures/overview", ".pdf", ".png"),
            caption="../report/overview.rst",
            category="Overlap",
        ),
        sheets=report(
            expand(
                f"{RESULTS}/figures/sheet_{{attack}}.{{format}}",
                attack=ATTACKS,
                format=["pdf", "png"],
            ),
            caption="../report/sheet.rst",
            category="Contact sheets",
        ),
    log:
        f"{RESULTS}/logs/figures.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.images,
    params:
        stage=PLAN.stage("figures"),
        code=PLAN.code("figures"),
    script:
        "../scripts/figures.py"
