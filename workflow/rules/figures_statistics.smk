rule figure_causal:
    """Draw deletion and insertion curves."""
    input:
        summary=str(rules.causal_summary.output.table),
        curves=expand(rules.causal_shard.output, attack=ATTACKS, shard=SHARDS),
        references=expand(rules.causal_references_shard.output, shard=SHARDS),
    output:
        **drawn_by("figure_causal", "Causal test"),
    log:
        f"{RESULTS}/logs/figure_causal.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("figure_causal"),
    params:
        stage=PLAN.stages.figure_causal().canonical(),
        code=PLAN.code("figure_causal"),
    script:
        "../scripts/figure_causal.py"


# Where all attacks have one mean SSIM, there is no such figure.
if "figure_fooling" in PLAN.figures:

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
            **drawn_by("figure_fooling", "Attacks"),
        log:
            f"{RESULTS}/logs/figure_fooling.log",
        conda:
            ENVIRONMENT
        resources:
            **PLAN.resources("figure_fooling"),
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
        **drawn_by("figure_attacks", "Attacks"),
    log:
        f"{RESULTS}/logs/figure_attacks.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("figure_attacks"),
    params:
        stage=PLAN.stages.figure_attacks().canonical(),
        code=PLAN.code("figure_attacks"),
    script:
        "../scripts/figure_attacks.py"
