"""Authors, licences and fingerprints of the code at hand, and licences of images."""

import pytest
import yaml

from ssimball.runs.crate.licences import NOT_STATED, licence
from ssimball.runs.crate.sources import Author, Sources
from ssimball.runs.run import Run
from ssimball.runtime.fingerprint import SOURCE_ROOT, fingerprint
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

from .example import BY, BY_NC_ND, MIT


def test_tables_of_this_code_are_recognised_by_their_fingerprints(run):
    sources, path = Sources(), "attacks/fgsm/00000.parquet"
    script = SOURCE_ROOT.parent / "workflow" / "scripts" / "attack_shard.py"
    made = Provenance(stage={}, code=fingerprint(script, ["ssimball.attacks.methods.fgsm"]))
    rows = [{"image_id": "a", "status": "failed: x", "label": 0}]
    write_table(run / path, ATTACKS, rows, made)
    tables = [path, "attacks/fgsm/00001.parquet"]
    assert sources.unknown_origin(Run(run), tables) == tables[1:]


def test_authors_are_those_of_the_citation_file(tmp_path):
    (tmp_path / "Snakefile").touch()
    person = {"family-names": "Doe", "given-names": "Jo", "orcid": "https://orcid.org/0-1"}
    cited = {"authors": [person, {"name": "A group"}], "license": "Apache-2.0"}
    (tmp_path / "CITATION.cff").write_text(yaml.safe_dump(cited))
    sources = Sources(tmp_path)
    assert sources.authors == [Author("Jo Doe", "https://orcid.org/0-1", True), Author("A group")]
    assert sources.licence == "Apache-2.0"


@pytest.mark.parametrize(
    ("text", "id_", "name"),
    [
        ("http://www.creativecommons.org/licenses/BY/2.0", BY, "CC BY 2.0"),
        ("https://creativecommons.org/licenses/by/2.0/legalcode", BY, "CC BY 2.0"),
        (f"{BY}de/", f"{BY}de/", "CC BY 2.0 DE"),
        ("cc by-nc-nd 4.0", BY_NC_ND, "CC BY-NC-ND 4.0"),
        ("CC-BY-NC-ND-4.0", BY_NC_ND, "CC BY-NC-ND 4.0"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("MIT", MIT, "MIT License"),
        ("https://x.org/a b", "https://x.org/a%20b", "https://x.org/a b"),
        ("CC BY", "#licence-CC%20BY", "CC BY"),  # without a version there is no text
        ("ask me", "#licence-ask%20me", "ask me"),
        (" ", NOT_STATED.id, NOT_STATED.name),
    ],
)
def test_licences_are_recognised_or_taken_as_written(text, id_, name):
    found = licence(text)
    assert (found.id, found.name) == (id_, name)
    assert found.forbids_changes == ("ND" in name)
