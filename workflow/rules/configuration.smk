rule configuration:
    """The effective configuration, every default filled in, beside the results."""
    output:
        told("config.yaml", "Effective configuration", "configuration", "Run"),
    log:
        f"{RESULTS}/logs/configuration.log",
    conda:
        ENVIRONMENT
    params:
        stage=PLAN.stages.config().canonical(),
        code=PLAN.code("configuration"),
    script:
        "../scripts/configuration.py"
