rule ssim_shard:
    """SSIM maps of the stored 8-bit pairs of a shard, and distortions on the CAM's grid."""
    input:
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        attack=f"{RESULTS}/attacks/{{attack}}/{{shard}}.parquet",
        cam=CAM,
    output:
        ssim=f"{RESULTS}/ssim/{{attack}}/{{shard}}.parquet",
        distortions=f"{RESULTS}/distortions/{{attack}}/{{shard}}.parquet",
    log:
        f"{RESULTS}/logs/ssim/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    params:
        stage=lambda wildcards: PLAN.stage("ssim", wildcards.attack),
        code=PLAN.code("ssim_shard"),
    script:
        "../scripts/ssim_shard.py"


rule ssim:
    """All of stage ssim."""
    input:
        expand(rules.ssim_shard.output.ssim, attack=ATTACKS, shard=SHARDS),
