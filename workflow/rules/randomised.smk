# The model randomisation test: the same attack on networks with random weights.
RANDOMISED = [network_prefix(name) for name in (None, *PLAN.randomised_networks)]

if PLAN.randomised_networks:
    RANDOMISED_ATTACK = PLAN.stages.randomised().attack

    rule randomised:
        """Measure and summarise overlap on networks with random weights, the run's own beside."""
        input:
            clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
            references=expand(
                rules.references_shard.output, network=RANDOMISED, shard=SHARDS
            ),
            cams=expand(
                rules.explain_shard.output,
                network=RANDOMISED,
                explanation="cam",
                shard=SHARDS,
            ),
            attacks=expand(
                rules.attack_shard.output,
                network=RANDOMISED,
                attack=RANDOMISED_ATTACK,
                shard=SHARDS,
            ),
            distortions=expand(
                rules.ssim_shard.output.distortions,
                network=RANDOMISED,
                attack=RANDOMISED_ATTACK,
                shard=SHARDS,
            ),
        output:
            overlap=f"{RESULTS}/randomised_overlap.parquet",
            table=result(
                "randomised.parquet",
                "Networks with random weights",
                "randomised",
                "Answer",
            ),
        log:
            f"{RESULTS}/logs/randomised.log",
        conda:
            ENVIRONMENT
        resources:
            **PLAN.resources("randomised"),
        params:
            stage=PLAN.stages.randomised().canonical(),
            code=PLAN.code("randomised"),
        script:
            "../scripts/randomised.py"
