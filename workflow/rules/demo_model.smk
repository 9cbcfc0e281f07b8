# Not part of a run: the package ships the trained network. `make demo-model` runs this rule.
rule train_demo_model:
    """Train the demo's classifier and measure its accuracy on unseen scenes."""
    output:
        weights="results/demo_model/demo_model.safetensors",
        record="results/demo_model/demo_model.json",
    log:
        "results/demo_model/demo_model.log",
    conda:
        ENVIRONMENT
    threads: 2
    params:
        settings="{}",
        code=PLAN.code("train_demo_model"),
    script:
        "../scripts/train_demo_model.py"
