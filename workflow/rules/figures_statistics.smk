rule figure_paired:
    """Draw the mean difference in overlap with the CAM for every pair of attacks."""
    input:
        rules.summary.output.comparisons,
    output:
        figure("paired", "Differences between attacks", "paired", "Answer"),
    log:
        f"{RESULTS}/logs/figure_paired.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.figure_paired().canonical(),
        code=PLAN.code("figure_paired"),
    script:
        "../scripts/figure_paired.py"


rule figure_causal:
    """Draw which part of a perturbation fools the network, by attack and area."""
    input:
        rules.causal_summary.output.table,
    output:
        figure("causal", "Who is fooled by which part", "causal", "Causal test"),
    log:
        f"{RESULTS}/logs/figure_causal.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.figure_causal().canonical(),
        code=PLAN.code("figure_causal"),
    script:
        "../scripts/figure_causal.py"


rule figure_fooling:
    """Draw the fooling rate of each attack against the mean SSIM."""
    input:
        summary=str(rules.summary.output.table),
        attacks=expand(
            rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS
        ),
        sensitivity=(
            [str(rules.sensitivity.output.table)]
            if PLAN.study.sensitivity.enabled
            else []
        ),
    output:
        figure("fooling", "Fooling rate against mean SSIM", "fooling", "Attacks"),
    log:
        f"{RESULTS}/logs/figure_fooling.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.figure_fooling().canonical(),
        code=PLAN.code("figure_fooling"),
    script:
        "../scripts/figure_fooling.py"


rule figure_attacks:
    """Draw smallest perturbations, certificate gaps and costs from the attack tables."""
    input:
        expand(rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS),
    output:
        radii=figure("radii", "Smallest perturbations", "radii", "Attacks"),
        gaps=figure("gaps", "Gaps of the certificates", "gaps", "Attacks"),
        costs=figure("costs", "Passes, gradients, iterations", "costs", "Attacks"),
        seconds=figure("seconds", "Seconds", "seconds", "Attacks"),
    log:
        f"{RESULTS}/logs/figure_attacks.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.figure_attacks().canonical(),
        code=PLAN.code("figure_attacks"),
    script:
        "../scripts/figure_attacks.py"
