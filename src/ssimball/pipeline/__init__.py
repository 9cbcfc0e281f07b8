"""A run as Snakemake sees it: what each stage depends on, jobs, costs, reruns."""
