rule checksums:
    """List the sha256 of every file of the run, for `sha256sum -c` and for the audit."""
    input:
        artifacts(),
    output:
        result("checksums.sha256", "sha256 of every file", "checksums", "Run"),
    log:
        f"{RESULTS}/logs/checksums.log",
    conda:
        ENVIRONMENT
    params:
        stage=PLAN.stages.checksums().canonical(),
        code=PLAN.code("checksums"),
        # Of these files only the first is an input.
        explorer=EXPLORER_FILES,
    script:
        "../scripts/checksums.py"
