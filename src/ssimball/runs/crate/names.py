"""Names of the files that a crate adds to those of a run."""

METADATA = "ro-crate-metadata.json"
ATTRIBUTION = "ATTRIBUTION.md"
#: Folder of the sources of the workflow, and the workflow in it.
WORKFLOW = "workflow"
SNAKEFILE = f"{WORKFLOW}/Snakefile"
