rule figure_evidence:
    """Draw overlap against fooling, and the overlap of one attack by class and by network."""
    input:
        primary=str(rules.summary.output.primary),
        summary=str(rules.summary.output.table),
        randomised=(
            [str(rules.randomised.output.table)] if PLAN.randomised_networks else []
        ),
    output:
        figure("evidence", "Overlap and fooling", "evidence", "Answer"),
    log:
        f"{RESULTS}/logs/figure_evidence.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.subset.images,
    params:
        stage=PLAN.stages.figure_evidence().canonical(),
        code=PLAN.code("figure_evidence"),
    script:
        "../scripts/figure_evidence.py"
