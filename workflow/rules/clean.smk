rule clean_shard:
    """Preprocess and classify the clean images of a shard."""
    input:
        rules.subset.output.subset,
    output:
        f"{RESULTS}/clean/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/clean/{{shard}}.log",
    conda:
        ENVIRONMENT
    params:
        stage=PLAN.stage("clean"),
        code=PLAN.code("clean_shard"),
    script:
        "../scripts/clean_shard.py"


rule clean:
    """All of stage clean."""
    input:
        expand(rules.clean_shard.output, shard=SHARDS),
