rule ssim_shard:
    """SSIM maps of the stored 8-bit pairs of a shard, and distortions on the CAM's grid."""
    input:
        clean=f"{PLACE}clean/{{shard}}.parquet",
        attack=f"{PLACE}attacks/{{attack}}/{{shard}}.parquet",
        cam=f"{PLACE}explanations/cam/{{shard}}.parquet",
    output:
        ssim=f"{PLACE}ssim/{{attack}}/{{shard}}.parquet",
        distortions=f"{PLACE}distortions/{{attack}}/{{shard}}.parquet",
    log:
        f"{LOGS}ssim/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        images=lambda wildcards: PLAN.subset.in_shard(wildcards.shard),
    params:
        stage=lambda wildcards: PLAN.stages.ssim(wildcards.attack).canonical(),
        code=PLAN.code("ssim_shard"),
    script:
        "../scripts/ssim_shard.py"


rule ssim:
    """All of stage ssim."""
    input:
        expand(rules.ssim_shard.output.ssim, network="", attack=ATTACKS, shard=SHARDS),
