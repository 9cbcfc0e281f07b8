rule subset:
    """Choose the images, stratified by class, and take their sha256."""
    output:
        subset=f"{RESULTS}/subset.parquet",
        classes=f"{RESULTS}/classes.parquet",
    log:
        f"{RESULTS}/logs/subset.log",
    conda:
        ENVIRONMENT
    params:
        stage=PLAN.stage("subset"),
        code=PLAN.code("subset"),
    script:
        "../scripts/subset.py"
