rule ssim_shard:
    """SSIM maps of the stored 8-bit pairs of a shard, in float64."""
    input:
        clean=f"{RESULTS}/clean/{{shard}}.parquet",
        attack=f"{RESULTS}/attacks/{{attack}}/{{shard}}.parquet",
    output:
        f"{RESULTS}/ssim/{{attack}}/{{shard}}.parquet",
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
        expand(rules.ssim_shard.output, attack=ATTACKS, shard=SHARDS),
