"""The explorer holds the same values as the stored tables."""

import base64
import html
import io
import json
import re
import shutil

import numpy as np
import pandas as pd
import PIL.Image
import pytest

from ssimball.errors import ArtifactError, SsimballError
from ssimball.report.answer import words
from ssimball.report.answer.page import read_answer
from ssimball.report.answer.sentences import findings
from ssimball.report.explorer.contents import explorer_contents, write_explorer
from ssimball.report.explorer.datatables import classic_script
from ssimball.report.explorer.layout import explorer_files
from ssimball.report.explorer.markup import explained, markdown_html
from ssimball.report.explorer.measures import NUMBERS
from ssimball.report.explorer.pictures import quantised
from ssimball.report.explorer.run_tables import RunTables
from ssimball.report.explorer.titles import TITLES
from ssimball.runs.crate.files import describe_file
from ssimball.storage.tables import stored_content

COLUMN = {column.name: place for place, column in enumerate(NUMBERS)}


def data(run, name):
    text = (run.folder / "report" / name).read_text()
    return json.loads(re.fullmatch(r'explorer\.receive\("[^"]+",(.*)\);\n', text, re.DOTALL)[1])


def pixels(png):
    return np.asarray(PIL.Image.open(io.BytesIO(base64.b64decode(png))))


def test_its_files_are_exactly_the_listed_ones(tiny):
    folder = tiny.folder / "report"
    (folder / "images" / "00009.js").write_text("of an earlier run")
    write_explorer(tiny.tables, tiny.folder, iter(()))
    found = {p.relative_to(tiny.folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert found == set(explorer_files(5, 4))
    assert found == {name for name, _ in explorer_contents(tiny.tables)}


def test_equal_runs_have_equal_bytes(tiny):
    for name, content in explorer_contents(tiny.tables):
        assert (tiny.folder / name).read_bytes() == content, name
    # Seconds differ between equal runs; the tiny run's are random.
    assert "seconds" not in COLUMN


def test_pictures_are_the_stored_ones(tiny):
    for place, name in enumerate(tiny.clean):
        pictures = data(tiny, f"images/{place:05d}.js")
        np.testing.assert_array_equal(pixels(pictures["clean"]), tiny.clean[name])
        (cam,) = pictures["cams"]
        np.testing.assert_array_equal(np.float32(cam["values"]), tiny.cams[name].ravel())
        for attack, under in pictures["attacks"].items():
            if (attack, name) not in tiny.adversarial:
                assert (under["png"], under["ssim"], under["deficit"]) == (None, None, None)
                continue
            stored = tiny.adversarial[attack, name]
            np.testing.assert_array_equal(pixels(under["png"]), stored)
            assert under["deficit"] == tiny.deficits[attack, name].ravel().tolist()


def test_numbers_name_the_rows_that_they_come_from(tiny):
    page = data(tiny, "data/numbers/0000.js")
    for image in page["images"]:
        for attack, under in image["attacks"].items():
            for path, row in [*image["sources"], *under["sources"]]:
                assert page["origins"][path]["content"] == stored_content(tiny.folder / path)
                assert pd.read_parquet(tiny.folder / path)["image_id"][row] == image["id"]
            metrics = data(tiny, "data/run.js")["metrics"]
            found = dict(zip(metrics, under["overlap"], strict=True))
            expected = tiny.overlaps(attack, image["id"])
            assert {metric: found[metric] for metric in expected} == expected
            nulls = dict(zip(metrics, under["nulls"], strict=True))
            assert all(nulls[m] == (None if expected[m] is None else 0.1) for m in expected)
            status = under["numbers"][COLUMN["status"]]
            assert (status == "attacked") == ((attack, image["id"]) in tiny.adversarial)
            if status != "attacked":
                assert list(under["reasons"]) == [status]


def test_the_list_holds_every_image(tiny):
    rows = data(tiny, "data/rows/0000.js")
    assert rows["id"] == list(tiny.tables.images)
    assert rows["correct"] == [True, True, True, False, None]
    under = rows["attacks"]["ssim_ball"]
    assert under["success"] == [True, True, True, None, None]
    expected = tiny.overlaps("ssim_ball", "a/1.png")["spearman_cam"]
    assert under["spearman_cam"][0] == pytest.approx(expected, rel=1e-5)


def test_the_table_of_attacks_and_the_findings_are_those_of_the_answer(tiny):
    answer = read_answer(tiny.folder / "answer.json")
    page = (tiny.folder / "report" / "index.html").read_text()
    head, *rows = re.findall(r"<tr>(.*?)</tr>", page[: page.index('id="images"')], re.DOTALL)
    (row,) = (row for row in rows if "#attack=ssim_ball" in row)
    titles = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<th.*?</th>", head, re.DOTALL)]
    cells = [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
    stored = zip(words.columns(answer), words.cells(answer.attacks[1]), strict=True)
    assert dict(zip(titles[1:], cells, strict=True)) == dict(stored)
    assert (titles[1], cells[0]) == ("fools", "100 %")
    found = [html.escape(one.sentence, quote=False) for one in findings(answer)]
    answered = re.sub(r"</?abbr[^>]*>", "", page[: page.index('id="images"')])
    assert re.findall(r"<dd>(.*?)\.(?: <span.*)?</dd>", answered) == found


def test_texts_of_a_run_become_html_that_can_do_nothing():
    hostile = (
        "| <b>a</b> | [b](javascript:c) |\n|---|---|\n| ![d](e) | <img src=x onerror=f> &amp; |\n"
    )
    made = markdown_html(hostile + "\n<script>g</script>\n\n[h]: i\n\n<javascript:j> `<k>`\n")
    assert set(re.findall(r"<(/?\w+)", made)) == {
        *("table", "thead", "tbody", "tr", "th", "td", "p", "code"),
        *("/table", "/thead", "/tbody", "/tr", "/th", "/td", "/p", "/code"),
    }
    assert "&lt;img src=x onerror=f&gt;" in made


def test_each_term_has_its_meaning_once():
    made = explained("top cells & <cell>, cell; top cells")
    assert made.count("<abbr") == 2 and "&lt;<abbr" in made and made.count("title=") == 2
    assert re.sub(r"</?abbr[^>]*>", "", made) == "top cells &amp; &lt;cell&gt;, cell; top cells"


def test_every_number_of_an_image_has_a_name():
    assert list(TITLES) == list(COLUMN)


@pytest.mark.parametrize("low", [0.2, 0.97, 1.0])
def test_a_map_in_8_bits_is_half_a_step_from_it_at_most(low):
    values = np.linspace(low, 1, 30).reshape(5, 6)
    stored = quantised(values)
    levels = np.frombuffer(base64.b64decode(stored["levels"]), np.uint8).reshape(stored["grid"])
    shown = stored["low"] + (1 - stored["low"]) * levels / 255
    np.testing.assert_allclose(shown, values, atol=(1 - low) / 510 + 1e-12)


def test_tables_that_do_not_belong_together_are_refused(tiny, tmp_path):
    shutil.copytree(tiny.folder, tmp_path / "run")
    other = tmp_path / "run" / "ssim" / "fgsm"
    shutil.copyfile(other / "00001.parquet", other / "00000.parquet")
    tables = RunTables(tmp_path / "run", tiny.tables.shards, tiny.tables.stage)
    with pytest.raises(ArtifactError, match="hold different images"):
        list(explorer_contents(tables))


def test_a_module_becomes_a_script_with_its_exports():
    made = classic_script("var a=1,b=2;\nexport{a as First,b};\n", "lib")
    assert "window.lib={'First':a,'b':b};" in made and "export" not in made
    with pytest.raises(SsimballError, match="no single list of exports"):
        classic_script("var a=1;", "lib")


def test_a_crate_knows_which_of_its_files_show_photographs():
    for path in explorer_files(5, 4):
        assert describe_file(path).pixels == path.startswith("report/images/"), path
