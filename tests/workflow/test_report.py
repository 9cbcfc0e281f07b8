"""Snakemake's own report of a run."""

import json
import re


def test_the_report_is_filled_and_needs_no_network(begun, small):
    """It is one file, with every result in its category, with labels and caption."""
    outcome = begun.run(small, "--report", "report.html")
    assert outcome.code == 0, outcome.text
    page = (begun.folder / "report.html").read_text()
    report = {
        name: json.loads(re.search(rf"(?m)^ *var {name} = (\{{.*?\}});?$", page)[1])
        for name in ("categories", "results")
    }
    parts = [part for category in report["categories"].values() for part in category.values()]
    assert set(report["categories"]) == {
        *("Answer", "Attacks", "Causal test", "Contact sheets", "Run", "Sensitivity")
    }
    names = {path.removeprefix("results/small/") for part in parts for path in part}
    figures = begun.folder / "results" / "small" / "figures"
    sheets = {f"figures/{path.name}" for path in figures.glob("sheet_*.pdf")}
    assert names == {f"figures/{path.name}" for path in figures.iterdir()} - sheets | {
        *("answer.txt", "answer.md", "answer.json", "details.md"),
        *("primary.parquet", "summary.parquet", "comparisons.parquet"),
        *("randomised.parquet", "region_noise.parquet", "comparison.md", "config.yaml"),
        "region_test.parquet",
        *("causal.txt", "causal_summary.parquet", "sensitivity.txt", "sensitivity.parquet"),
        "checksums.sha256",
    }
    for result in report["results"].values():
        assert len(result["labels"]) == 2
        assert result["caption"].strip()
        assert result["data_uri"].startswith(f"data:{result['mime_type']};")
    caption = report["results"]["results/small/answer.txt"]["caption"]
    assert "Do imperceptible perturbations change what matters" in caption
    assert "This is run <em>small</em>" in page
    # It loads no scripts, styles or images from elsewhere.
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=[\"']?(https?:)?//", page)
