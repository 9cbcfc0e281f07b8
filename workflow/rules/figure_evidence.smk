rule figure_evidence:
    """Draw the figures of the answer: overlap, fooling, and what the overlap is about."""
    input:
        overlap=str(rules.overlap.output[0]),
        primary=str(rules.summary.output.primary),
        summary=str(rules.summary.output.table),
        randomised=(
            [str(rules.randomised.output.table)] if PLAN.randomised_networks else []
        ),
    output:
        **drawn_by("figure_evidence", "Answer"),
    log:
        f"{RESULTS}/logs/figure_evidence.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("figure_evidence"),
    params:
        stage=PLAN.stages.figure_evidence().canonical(),
        code=PLAN.code("figure_evidence"),
    script:
        "../scripts/figure_evidence.py"
