rule configuration:
    """Store the effective configuration, with every default filled in, beside the results."""
    output:
        result("config.yaml", "Effective configuration", "configuration", "Run"),
    log:
        f"{RESULTS}/logs/configuration.log",
    conda:
        ENVIRONMENT
    params:
        stage=PLAN.stages.config().canonical(),
        code=PLAN.code("configuration"),
    script:
        "../scripts/configuration.py"
