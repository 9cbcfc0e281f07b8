"""The documentation site: it builds without a warning, fetches nothing, and shows what is meant."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import griffe
import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
#: Front matter, admonitions, tabs, callouts, inclusions, attribute lists, grids and icons.
_THEME_ONLY = re.compile(
    r"\A---\n|^(?:!!!|\?\?\?|===|> \[!|--8<--).*|\{ ?[.#:][\w-]+|markdown=|<div class="
    r"|:(?:material|octicons|fontawesome)-",
    re.MULTILINE,
)


def hook(name):
    """A module of docs/site, which is no package."""
    spec = importlib.util.spec_from_file_location(f"site_{name}", ROOT / f"docs/site/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site(tmp_path_factory, worker_id):
    """The site as make docs builds it, once for all test processes.

    Links, anchors and formulas that are wrong are errors.
    """
    base = tmp_path_factory.getbasetemp()
    target = (base if worker_id == "master" else base.parent) / "site"
    with FileLock(target.with_suffix(".lock")):
        if not (target / "index.html").exists():
            build(target)
    return target


def build(target):
    # Not --quiet: MkDocs does not count warnings that it does not print.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", target]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True)
    if done.returncode:
        # MkDocs writes pages before it counts its warnings.
        shutil.rmtree(target, ignore_errors=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_of_the_site_is_fetched_from_a_network(site):
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"?([^\" >]+)", text)
        loaded += re.findall(r"<link rel=\"?(?:stylesheet|preconnect)[^>]*href=\"?([^\" >]+)", text)
        assert loaded
        assert not [address for address in loaded if re.match(r"(https?:)?//", address)], page


def test_pages_are_plain_markdown_that_any_generator_reads():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    assert len(pages) > 50
    for page in pages:
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"^```.*?^```$|`[^`\n]+`", "", text, flags=re.MULTILINE | re.DOTALL)
        assert not _THEME_ONLY.findall(prose), page


def test_formulas_are_drawn_and_none_is_left_as_latex(site):
    for name in ("mathematics", "solver", "statistics"):
        text = (site / f"{name}.html").read_text(encoding="utf-8")
        assert text.count("<math") > 5
        assert "arithmatex" not in text


def test_links_out_of_the_documentation_lead_to_pages_that_show_the_files(site):
    assert 'href="config.yaml.html"' in (site / "troubleshooting.html").read_text()
    assert "attack_settings" in (site / "config.yaml.html").read_text()
    solver = (site / "solver.html").read_text()
    assert 'href="benchmarks/solver.html"' in solver
    # A table in Parquet is named, and not shown as text.
    assert "convergence.parquet" in (ROOT / "docs" / "solver.md").read_text()
    assert "convergence.parquet" not in solver


def test_docstrings_are_shown_with_their_formulas_and_links(site):
    text = (site / "api" / "solvers.html").read_text(encoding="utf-8")
    assert "max &lt;g, d&gt; over the ball" in text
    assert 'href="ball.html#ssimball.ball.ball"' in text
    assert ":func:" not in text and ":mod:" not in text


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"\nosuchcommand x", r"\\nosuchcommand is not known"),
        (r"\frac{a", "braces do not match"),
        (r"\frac{a}", "a part of mfrac is missing"),
        ("a & b", "cannot be read"),
        ("x^", "cannot be read"),
        (r"\left( x", "cannot be read"),
    ],
)
def test_a_formula_that_is_none_stops_the_build(latex, words):
    with pytest.raises(ValueError, match=words):
        hook("formulas").as_mathml(latex, own_line=True)


def test_brackets_of_formulas_grow_with_what_they_hold():
    found = hook("formulas").as_mathml(r"\lVert z \rVert_w^2", own_line=False)
    assert found.count('stretchy="true"') == 2
    assert "<msubsup>" in found


def test_only_what_is_no_formula_of_a_docstring_is_rewritten():
    module = griffe.visit("room", Path("room.py"), "def f(): pass\n")
    as_markdown = hook("docstrings").as_markdown
    text = "A <g, d> and ``a <b>``.\n\n    <g, d> <= 1\n\nArgs:\n    x: below <y>, see :func:`f`."
    found = as_markdown(text, module)
    assert found.splitlines()[0] == "A &lt;g, d> and ``a <b>``."
    assert "    <g, d> <= 1" in found
    assert 'below &lt;y>, see <autoref identifier="room.f" optional><code>f</code>' in found
