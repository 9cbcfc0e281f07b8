"""Files of a run that exhaust, mislead or run something: a finding or a sentence each time."""

import pytest
import yaml

from ssimball.errors import ConfigError
from ssimball.storage.yaml_files import parse_yaml

from . import folders as f

#: What was done to the copy, and what the audit and the comparison have to say of it.
CASES = {
    # Pictures: only PNG, of bounded size.
    "EPS, which Ghostscript would run": (lambda r: f.with_pictures(r, f.picture("EPS")), "no PNG"),
    "JPEG": (lambda r: f.with_pictures(r, f.picture("JPEG")), "no PNG"),
    "TIFF": (lambda r: f.with_pictures(r, f.picture("TIFF")), "no PNG"),
    "no picture": (lambda r: f.with_pictures(r, b"%!PS-Adobe-3.0 EPSF-3.0\n"), "no PNG"),
    "empty picture": (lambda r: f.with_pictures(r, b""), "no PNG"),
    "palette": (lambda r: f.with_pictures(r, f.picture("PNG", "P")), "mode P"),
    "transparent": (lambda r: f.with_pictures(r, f.picture("PNG", "RGBA")), "mode RGBA"),
    "16 bits": (lambda r: f.with_pictures(r, f.picture("PNG", "I;16")), "mode I;16"),
    "3600 megapixels": (
        lambda r: f.with_pictures(r, f.png_header(60000, 60000)),
        "25,000,000 pixels",
    ),
    "36 megapixels": (lambda r: f.with_pictures(r, f.png_header(6000, 6000)), "6000 x 6000"),
    "another size": (lambda r: f.with_pictures(r, f.picture("PNG", "RGB", (8, 8))), "FAILED"),
    "cut off": (lambda r: f.with_pictures(r, f.picture("PNG")[:60]), "no PNG"),
    # Tables: bounds before anything is read.
    "a million rows": (lambda r: f.many_rows(r, 10**6), "1,000,000 rows"),
    "rows, dictionary": (lambda r: f.many_rows(r, 10**6, use_dictionary=True), "rows in a file"),
    "a value 3000 times": (lambda r: f.long_value(r, 10**6, 3000), "that unpack to"),
    "no Parquet": (lambda r: (r / f.CLEAN_TABLE).write_bytes(b"PAR1" * 9), "damaged"),
    "empty table": (lambda r: (r / f.CLEAN_TABLE).write_bytes(b""), "damaged"),
    "folder as table": (lambda r: folder_in_place(r / f.CLEAN_TABLE), "clean/00000.parquet"),
    "metadata, deep JSON": (lambda r: f.metadata_of(r, f.DEEP_JSON), "metadata"),
    "metadata, no object": (lambda r: f.metadata_of(r, "[1]"), "metadata"),
    "metadata, no contract": (lambda r: f.metadata_of(r, "{}"), "expected 'clean'"),
    # Configuration.
    "10^13 images": (lambda r: f.configure(r, subset__images=10**13), "lower it"),
    "10^13 images, any data set": (lambda r: many_images(r, 10**13), "tables, those of"),
    "99,999 scenes, a shard each": (lambda r: many_shards(r), "tables, those of"),
    "laughs": (lambda r: configuration(r, f.LAUGHS), "an alias"),
    "deep": (lambda r: configuration(r, "[" * 200_000), "more than"),
    "deep mappings": (lambda r: configuration(r, "{a: " * 100_000), "more than"),
    "deep lists": (lambda r: configuration(r, "- " * 100_000), "more than"),
    "holds itself": (lambda r: configuration(r, "a: &a [*a]"), "an alias"),
    "Python object": (lambda r: configuration(r, "a: !!python/object/apply:os.abort []"), "YAML"),
    "no date": (lambda r: configuration(r, "a: 2001-99-99"), "month"),
    "endless number": (lambda r: configuration(r, "seed: 0x" + "f" * 9999), "400 digits"),
    "2 MB": (lambda r: configuration(r, "#" * (2 << 20)), "bytes"),
    "no text": (lambda r: (r / "config.yaml").write_bytes(b"\xff\xfe"), "UTF-8"),
    "no keys": (lambda r: configuration(r, "[]"), "expected keys"),
    "path as attack": (lambda r: f.configure(r, attacks=["../../x"]), "../../x"),
    "path as run": (lambda r: f.configure(r, run="../../x"), "run"),
    "many classes": (lambda r: f.configure(r, model__num_classes=10**12), "num_classes"),
    "huge crop": (lambda r: f.configure(r, preprocessing__crop=10**7), "crop"),
    "endless bootstrap": (lambda r: f.configure(r, statistics__resamples=10**12), "resamples"),
    # Checksums.
    "list names a file outside": (lambda r: listed(r, "../outside/LICENSE"), "within the run"),
    "list names /dev/zero": (lambda r: listed(r, "/dev/zero"), "within the run"),
    "list with line break": (lambda r: listed(r, "a\nb"), "sha256"),
    "list is a folder": (lambda r: folder_in_place(r / "checksums.sha256"), "checksums.sha256"),
}


def folder_in_place(path):
    path.unlink()
    path.mkdir()


def configuration(run, text):
    (run / "config.yaml").write_text(text)


def many_images(run, count):
    manifest = {"kind": "manifest", "manifest": {"path": "/dev/zero"}}
    f.configure(run, subset__images=count, dataset=manifest)


def many_shards(run):
    f.configure(run, dataset__demo__images=99_999, execution__shard_size=1)
    f.configure(run, subset__images=99_999)


def listed(run, name):
    with (run / "checksums.sha256").open("a") as stream:
        stream.write(f"{'0' * 64}  {name}\n")


@pytest.mark.parametrize("case", CASES)
def test_a_finding_or_a_sentence(copy, small, outside, run_command, case):
    plant, words = CASES[case]
    plant(copy)
    checks = ("checksums", "configuration", "content", "rows", "ssim")
    options = [part for check in checks for part in ("--checks", check)]
    code, printed = run_command("audit", copy, *options)
    _, differences = run_command("compare", small, copy)
    assert code in (1, 2) and words in printed + differences
    shown, _ = run_command("show", copy, "a.png", "--output", copy.parent / "shown")
    crated, _ = run_command("crate", copy, "--output", copy.parent / "crate.zip")
    assert shown == 2 and (crated == 0 or not (copy.parent / "crate.zip").exists())


def test_the_file_of_a_confirmation_keeps_its_alias():
    """Its sha256 was registered; in overlays, aliases are bounded and not refused."""
    text = (f.ROOT / "config" / "confirmation.yaml").read_text()
    assert any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))
    assert parse_yaml(text, "a")["attack_settings"]["ball_permuted_signs"]["tau"] == "8/255"
    for overlay, words in ((f.LAUGHS, "100,000 values"), ("a: &a [*a]", "holds itself")):
        with pytest.raises(ConfigError, match=words):
            parse_yaml(overlay, "a")


@pytest.mark.parametrize("command", ["audit", "show"])
def test_control_characters_reach_no_terminal(tmp_path, run_command, command):
    name = "\x1b]0;title\x07\x1b[2J\u202egpj.png"
    run = f.write_run(tmp_path / "run", names=("a.png", name))
    extra = {"audit": ["--checks", "rows"], "show": ["nothing"]}[command]
    _, printed = run_command(command, run, *extra)
    assert not {"\x1b", "\x07", "\u202e"} & set(printed)
