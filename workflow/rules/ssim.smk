rule ssim_shard:
    """Compute SSIM maps of a shard's stored 8-bit image pairs, and distortions on the CAM's grid."""
    input:
        clean=f"{NETWORK_RESULTS}clean/{{shard}}.parquet",
        attack=f"{NETWORK_RESULTS}attacks/{{attack}}/{{shard}}.parquet",
        cam=f"{NETWORK_RESULTS}explanations/cam/{{shard}}.parquet",
    output:
        ssim=f"{NETWORK_RESULTS}ssim/{{attack}}/{{shard}}.parquet",
        distortions=f"{NETWORK_RESULTS}distortions/{{attack}}/{{shard}}.parquet",
    log:
        f"{NETWORK_LOGS}ssim/{{attack}}/{{shard}}.log",
    conda:
        ENVIRONMENT
    resources:
        **PLAN.resources("ssim_shard"),
    params:
        stage=lambda wildcards: PLAN.stages.ssim(wildcards.attack).canonical(),
        code=PLAN.code("ssim_shard"),
    script:
        "../scripts/ssim_shard.py"


rule ssim:
    """Make all files of stage ssim."""
    input:
        expand(rules.ssim_shard.output.ssim, network="", attack=ATTACKS, shard=SHARDS),
