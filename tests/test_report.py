"""The report and the interactive pages in a real browser, with no network."""

import random
import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECTIONS = ["What was learned", "Models, on the test set", "Be wary"]
EVIL = "<img src=x onerror=window.hacked=1>"
WORSE = f"</script><script>window.hacked=1</script><!--<script>{EVIL}"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no chromium (make test-all installs it)"),
]


@pytest.fixture(scope="module")
def results(run_workflow, tmp_path_factory):
    """A finished run: synthetic sequences, and a table whose owner means no good."""
    folder = tmp_path_factory.mktemp("report")
    chance = random.Random(1)
    kmers = ["".join(chance.choices("ACGT", k=6)) for _ in range(300)]
    rows = [f"{EVIL}{i}\t{kmer}\t{i % 7}\t{i % 3}" for i, kmer in enumerate(kmers)]
    head = f"name\tsequence\t{WORSE}\t{EVIL}"
    (folder / "table.tsv").write_text("\n".join([head, *rows]) + "\n")
    rows = [
        f"{kmer}\t{WORSE if 'A' in kmer else EVIL}\tset {i // 3}" for i, kmer in enumerate(kmers)
    ]
    (folder / "labels.tsv").write_text("\n".join([f"sequence\tscore\t{WORSE}", *rows]) + "\n")
    config = {
        "datasets": {
            "made": {"synthetic": {"length": 5}},
            "measured": {"table": {"path": "table.tsv", "id": "name", "score": [WORSE, EVIL]}},
            "labelled": {
                "table": {"path": "labels.tsv"},
                "task": "classification",
                "split": {"method": "group", "column": WORSE},
                "models": ["linear"],
            },
        },
        "models": {
            "linear": {"architecture": "linear"},
            "cnn": {"architecture": "cnn", "filters": 4},
        },
        "training": {"epochs": 2},
    }
    run = run_workflow(folder, config)
    assert run.returncode == 0, run.stdout
    return folder / "results"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    from factories.chromium import Page

    page = Page(CHROMIUM, tmp_path_factory.mktemp("profile"))
    yield page
    page.close()


def test_the_report_opens_from_disk_and_all_that_it_shows_loads(page, results):
    page.open(results / "report.html")
    page.wait_until("document.body.innerText.length > 100")
    shown = page.run("Object.keys(results)")
    assert any(path.endswith("figures/parity.png") for path in shown)
    broken = """Promise.all(Object.entries(results)
        .filter(([path]) => path.endsWith(".png"))
        .map(([path, result]) => new Promise(done => {
            const image = new Image();
            image.onload = () => done(image.naturalWidth > 100 ? null : path);
            image.onerror = () => done(path);
            image.src = result.data_uri;
        }))).then(found => found.filter(Boolean))"""
    assert page.run(broken) == []
    assert page.leaving() == []
    assert page.errors == []


def test_the_report_opens_on_a_summary_of_every_dataset(page, results):
    page.open(results / "report.html")
    page.wait_until("document.querySelector('.seq2score')")
    text = page.run("document.querySelector('.seq2score').innerText")
    for message in ["made", "measured", "linear", "cnn", "ridge on k-mers", "R²"]:
        assert message in text
    # Two epochs beat no floor, and so nothing is told of what was learned.
    assert "Not told, as cnn, the best on the validation set," in text
    assert "TAT" not in text
    page.wait_until("[...document.images].every(image => image.complete)")
    assert page.run("[...document.images].filter(image => !image.naturalWidth).length") == 0
    top = page.run("document.querySelector('.seq2score').getBoundingClientRect().top")
    assert 0 <= top < 200
    assert page.run("getComputedStyle(document.getElementById('rulegraph')).display") == "none"
    position = "innerText.indexOf"
    order = [page.run(f"document.querySelector('.seq2score').{position}('{t}')") for t in SECTIONS]
    assert order[0] >= 0 and order == sorted(order)


def test_every_item_of_the_report_has_a_category_and_a_caption_without_gaps(page, results):
    page.open(results / "report.html")
    for metadata in page.run("Object.values(results)"):
        assert metadata["caption"]
        assert "{" not in metadata["caption"]
        assert metadata["labels"]


def where(page, panel=0):
    """The middle of the points of a panel of the interactive page, in pixels."""
    return page.run(
        f"""(() => {{
            const panel = panels[{panel}], [x, y] = scales(panel);
            const box = panel.canvas.getBoundingClientRect();
            return [box.left + x(panel.model.score[0]), box.top + y(panel.model.prediction[0])];
        }})()"""
    )


@pytest.mark.parametrize("file", ["made/figures/parity.html", "made/cnn/seed17/parity.html"])
def test_the_interactive_page_answers_a_hover(page, results, file):
    page.open(results / file)
    assert page.run("document.getElementById('tip').hidden")
    page.mouse("mouseMoved", *where(page))
    tip = page.run("document.getElementById('tip').innerText")
    for name in ["id", "sequence", "score", "cnn", "residual", "TAT, times"]:
        assert name in tip
    assert page.leaving() == []
    assert page.errors == []


def test_a_frame_lists_the_sequences_in_it_and_a_click_lets_them_go(page, results):
    page.open(results / "made/figures/parity.html")
    x, y = where(page)
    page.mouse("mousePressed", x - 40, y - 40)
    page.mouse("mouseMoved", x + 40, y + 40, buttons=1)
    page.mouse("mouseReleased", x + 40, y + 40)
    listed = page.run("document.querySelectorAll('#list tr').length")
    assert listed > 1
    assert page.run("selected.length") == listed - 1
    assert f"{listed - 1} sequences selected" in page.run("document.body.innerText")
    page.mouse("mousePressed", x, y)
    page.mouse("mouseReleased", x, y)
    assert page.run("selected.length") == 0


def test_what_stands_in_the_table_is_never_run(page, results):
    page.open(results / "measured/figures/parity.html")
    page.mouse("mouseMoved", *where(page))
    assert EVIL in page.run("document.getElementById('tip').innerText")
    x, y = where(page)
    page.mouse("mousePressed", x - 40, y - 40)
    page.mouse("mouseMoved", x + 40, y + 40, buttons=1)
    page.mouse("mouseReleased", x + 40, y + 40)
    assert EVIL in page.run("document.getElementById('list').innerText")
    assert page.run("document.images.length") == 0
    page.open(results / "report.html")
    page.wait_until("document.body.innerText.length > 100")
    assert page.run("window.hacked === undefined")
    assert page.errors == []


@pytest.mark.parametrize("file", ["made/figures/parity.html", "report.html"])
def test_a_narrow_screen_needs_no_scrolling_sideways(page, results, file):
    page.open(results / file, width=400, height=800)
    page.wait_until("document.body.innerText.length > 100")
    page.run("document.querySelector('a[type=button]')?.click()")  # the report's menu
    assert page.run("document.documentElement.scrollWidth") <= 400
