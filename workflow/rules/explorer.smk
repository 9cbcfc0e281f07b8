from ssimball.report.explorer.layout import explorer_files

EXPLORER_FILES = explorer_files(PLAN.subset.images, PLAN.study.report.images)


rule explorer:
    """Write pages for a browser: the answer, the list of images, each image with all attacks."""
    input:
        summary=plain_paths(rules.summary.output),
        answer=plain_paths(rules.answer.output),
        overlap=plain_paths(rules.overlap.output),
        words=plain_paths(
            [
                *(rules.causal_summary.output if PLAN.study.causal.enabled else []),
                *(rules.sensitivity.output if PLAN.study.sensitivity.enabled else []),
            ]
        ),
        figures=plain_paths(
            [
                *rules.figures.output,
                *rules.figure_evidence.output,
                *rules.figure_attacks.output,
                *(
                    rules.figure_fooling.output
                    if "figure_fooling" in PLAN.figures
                    else []
                ),
                *(rules.figure_causal.output if PLAN.study.causal.enabled else []),
                *(
                    rules.figure_region_test.output
                    if "figure_region_test" in PLAN.figures
                    else []
                ),
            ]
        ),
        classes=plain_paths(rules.classes.output),
        subset=expand(rules.subset_shard.output, shard=SHARDS),
        clean=expand(rules.clean_shard.output, network="", shard=SHARDS),
        cam=expand(
            rules.explain_shard.output, network="", explanation="cam", shard=SHARDS
        ),
        attacked_cam=expand(
            rules.explain_attack_shard.output,
            attack=ATTACKS,
            explanation=["cam"] if "cam" in ATTACKED_EXPLANATIONS else [],
            shard=SHARDS,
        ),
        attacks=expand(
            rules.attack_shard.output, network="", attack=ATTACKS, shard=SHARDS
        ),
        maps=expand(
            [rules.ssim_shard.output.ssim, rules.ssim_shard.output.distortions],
            network="",
            attack=ATTACKS,
            shard=SHARDS,
        ),
    output:
        # One of hundreds of files. Snakemake hashes all inputs again for each file that it knows;
        # the script writes the others, and the checksums list them.
        f"{RESULTS}/{EXPLORER_FILES[0]}",
    log:
        f"{RESULTS}/logs/explorer.log",
    conda:
        ENVIRONMENT
    resources:
        # The pages with pictures take longest.
        **PLAN.resources(
            "explorer", images=min(PLAN.subset.images, PLAN.study.report.images)
        ),
    params:
        stage=PLAN.stages.explorer().canonical(),
        code=PLAN.code("explorer"),
        beside=EXPLORER_FILES[1:],
    script:
        "../scripts/explorer.py"
