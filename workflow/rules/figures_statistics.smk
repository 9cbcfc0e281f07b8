rule figure_causal:
    """The causal test: which part of a perturbation fools the network, by attack and area."""
    input:
        rules.causal_summary.output.table,
    output:
        report(
            multiext(f"{RESULTS}/figures/causal", ".pdf", ".png"),
            caption="../report/causal.rst",
            category="Causal test",
        ),
    log:
        f"{RESULTS}/logs/figure_causal.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.images,
    params:
        stage=PLAN.stage("figure_causal"),
        code=PLAN.code("figure_causal"),
    script:
        "../scripts/figure_causal.py"


rule figure_paired:
    """Every two attacks: the mean difference in overlap with the CAM."""
    input:
        rules.summary.output.comparisons,
    output:
        report(
            multiext(f"{RESULTS}/figures/paired", ".pdf", ".png"),
            caption="../report/paired.rst",
            category="Overlap",
        ),
    log:
        f"{RESULTS}/logs/figure_paired.log",
    conda:
        ENVIRONMENT
    resources:
        images=PLAN.images,
    params:
        stage=PLAN.stage("figure_paired"),
        code=PLAN.code("figure_paired"),
    script:
        "../scripts/figure_paired.py"
