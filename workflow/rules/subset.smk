rule subset:
    """Choose the images, stratified by class, and take their sha256."""
    output:
        subset=f"{RESULTS}/subset.parquet",
        classes=f"{RESULTS}/classes.parquet",
    log:
        f"{RESULTS}/logs/subset.log",
    params:
        stage=PLAN.stage("subset"),
        code=PLAN.code("subset"),
    conda:
        ENVIRONMENT
    script:
        "../scripts/subset.py"
