rule references_shard:
    """Compute the texture and the object's share of each cell of the CAM's grid."""
    input:
        clean=f"{NETWORK_RESULTS}clean/{{shard}}.parquet",
        cam=f"{NETWORK_RESULTS}explanations/cam/{{shard}}.parquet",
    output:
        f"{NETWORK_RESULTS}references/{{shard}}.parquet",
    log:
        f"{NETWORK_LOGS}references/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("references_shard"),
    params:
        stage=PLAN.stages.references().canonical(),
        code=PLAN.code("references_shard"),
    script:
        "../scripts/references_shard.py"


rule references:
    """Make all files of stage references."""
    input:
        expand(rules.references_shard.output, network="", shard=SHARDS),
