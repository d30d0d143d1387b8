"""Packs are found, laid over each other and checked; every mistake is told with place and cure."""

import tomllib
from pathlib import Path

import pytest

from dashboard.foundation.errors import PackError
from dashboard.knowledge.findings import PackFinding, Place, refuse
from dashboard.knowledge.library import BUILT_IN, Library, load_library, read_library
from tests.packs_fixture import DISEASE_ID, mend, write_pack

_MISTAKES = tomllib.loads(
    Path(__file__).with_name("pack_mistakes.toml").read_text(encoding="utf-8")
)["mistakes"]


def findings_of(folder: Path) -> list[str]:
    """The findings of a site's folder alone, without the name of the pack's folder."""
    found = sorted({str(finding) for finding in read_library(built_in=folder)[1]})
    return [finding.removeprefix(f"{DISEASE_ID}/") for finding in found]


@pytest.fixture
def pack(tmp_path):
    """The invented pack in a site's folder of its own."""
    return write_pack(tmp_path)


@pytest.mark.parametrize("mistake", _MISTAKES, ids=lambda mistake: mistake["name"])
def test_library_tells_one_mistake_with_file_line_and_cure(pack, mistake):
    """One mistake in a sound pack gives exactly its own finding, word for word."""
    mend(pack / mistake["file"], mistake["was"], mistake["now"])
    assert findings_of(pack.parent) == [mistake["finding"]]


def test_library_loads_a_new_disease_from_data_alone(pack):
    """A folder with a sound pack adds a tumour group; the built-in ones stay."""
    library = load_library([pack.parent])
    assert library.ids == ("breast", "colorectal", "melanoma", "nsclc", DISEASE_ID)
    added = library.pack(DISEASE_ID)
    assert added.feature("albumin_g_dl").label == "Serum albumin"
    assert [arm.id for arm in added.arms_of("fablinib")] == ["fable-2-fablinib"]
    assert [row.adverse_group for row in added.toxicities_of("doxorubicin")] == [
        "any",
        "haematological",
    ]
    assert [row.next_regimen_id for row in added.sequences_after("doxorubicin")] == ["fablinib"]
    assert added.regimen("fablinib").lines == tuple(range(2, 13))
    assert added.early_arms_of("doxorubicin") == ()


def test_library_lays_a_site_file_over_a_built_in_pack(tmp_path):
    """A site's file replaces that file of the pack, and only that; the fingerprint changes."""
    site = tmp_path / "melanoma"
    site.mkdir()
    table = (BUILT_IN / "melanoma" / "sites.csv").read_text(encoding="utf-8")
    (site / "sites.csv").write_text("\n".join(table.splitlines()[:3]) + "\n", encoding="utf-8")
    own, changed = load_library().pack("melanoma"), load_library([tmp_path]).pack("melanoma")
    assert len(changed.sites) == 2 < len(own.sites)
    assert changed.regimens == own.regimens
    assert changed.fingerprint != own.fingerprint


def test_library_lets_the_later_folder_win(tmp_path, pack):
    """Of two site folders with the same pack, the later one's files count."""
    other = write_pack(tmp_path / "other")
    mend(other / "disease.toml", 'label = "Fabled sarcoma"', 'label = "Storied sarcoma"')
    first, second = pack.parent, other.parent
    assert load_library([first, second]).pack(DISEASE_ID).label == "Storied sarcoma"
    assert load_library([second, first]).pack(DISEASE_ID).label == "Fabled sarcoma"


def test_library_fingerprint_names_content_not_form(pack):
    """Comments and spaces do not change a fingerprint; a figure does."""
    folder = pack.parent
    before = load_library([folder]).pack(DISEASE_ID).fingerprint
    mend(pack / "regimens.toml", "cycle_days = 21", "cycle_days   =   21 # three weeks")
    assert load_library([folder]).pack(DISEASE_ID).fingerprint == before
    mend(pack / "sites.csv", "40,10,18", "40,10,19")
    assert load_library([folder]).pack(DISEASE_ID).fingerprint != before


def test_library_refuses_with_every_mistake_in_order(pack):
    """All mistakes come out in one error, sorted by file and line."""
    mend(pack / "regimens.toml", 'line = "2L+"', 'line = "second"')
    mend(pack / "regimens.toml", "cycle_days = 21", "cycle_days = 21.5")
    mend(pack / "arms.csv", "120,14,1,", "many,14,1,")
    with pytest.raises(PackError, match="3 mistakes in the disease packs") as refused:
        load_library([pack.parent])
    lines = str(refused.value).splitlines()[1:]
    places = [line.partition(": ")[0] for line in lines]
    assert places == [
        f"{DISEASE_ID}/arms.csv:2",
        f"{DISEASE_ID}/regimens.toml:10",
        f"{DISEASE_ID}/regimens.toml:17",
    ]


def test_library_tells_how_many_mistakes_it_does_not_show():
    """A flood of mistakes is cut off, with the number of those left out."""
    many = [PackFinding(Place(Path("a/b.csv"), line), "Wrong.", "Mend it.") for line in range(250)]
    with pytest.raises(PackError, match="250 mistakes") as refused:
        refuse(many)
    assert str(refused.value).endswith("… and 50 more.")


def test_library_suggests_the_id_of_a_pack():
    """An unknown disease is refused with the nearest id, or with all of them."""
    library = load_library()
    with pytest.raises(PackError, match=r"called melanomas\. Did you mean melanoma\?"):
        library.pack("melanomas")
    with pytest.raises(PackError, match=r"There are breast, colorectal, melanoma, nsclc\."):
        library.pack("glioma")
    with pytest.raises(PackError):
        Library(()).pack("melanoma")


def test_library_misses_the_two_files_every_pack_needs(tmp_path):
    """A pack without disease.toml and regimens.toml says which file is missing."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "sites.csv").write_text("id\n", encoding="utf-8")
    cure = "docs/how-to/add-a-cancer.md shows the least it must say."
    assert [str(finding) for finding in read_library([tmp_path])[1]] == [
        f"empty/disease.toml: The pack empty has no disease.toml. Write disease.toml; {cure}",
        f"empty/regimens.toml: The pack empty has no regimens.toml. Write regimens.toml; {cure}",
    ]


def test_library_misses_a_folder_that_is_not_there(tmp_path):
    """A site folder that does not exist is a finding, not silence."""
    found = [str(finding) for finding in read_library([tmp_path / "absent"])[1]]
    assert found == [
        f"{tmp_path.name}/absent: This folder of packs does not exist. "
        "Set CONCORD_PACKS to a folder that holds one sub-folder per disease."
    ]


def test_library_names_a_file_that_is_no_part_of_a_pack(pack):
    """A misspelt file name is told; hidden folders and other kinds of file are left alone."""
    (pack / "arm.csv").write_text("id\n", encoding="utf-8")
    (pack / "README.md").write_text("notes", encoding="utf-8")
    (pack.parent / ".git").mkdir()
    found = [str(finding) for finding in read_library([pack.parent])[1]]
    assert found == [
        f"{DISEASE_ID}/arm.csv: This file is not part of a pack. "
        "Did you mean arms.csv or early_arms.csv?"
    ]


@pytest.mark.parametrize("name", ["disease.toml", "arms.csv"])
def test_library_reads_only_utf8(pack, name):
    """A file in another encoding is a finding."""
    (pack / name).write_bytes("# Größe\n".encode("latin-1"))
    assert f"{name}: This file is not UTF-8 text. Save it as UTF-8." in findings_of(pack.parent)


def test_library_reads_a_file_that_begins_with_a_byte_order_mark(pack):
    """A mark that spreadsheets put at the start of a file does no harm."""
    for name in ("disease.toml", "arms.csv"):
        (pack / name).write_bytes(b"\xef\xbb\xbf" + (pack / name).read_bytes())
    assert findings_of(pack.parent) == []


def test_library_tells_every_consequence_of_missing_levels(pack):
    """A category without levels is told where it stands, and wherever a rule leans on it."""
    mend(pack / "disease.toml", 'levels = ["none", "fable1", "fable2"]\n', "")
    found = findings_of(pack.parent)
    assert (
        "disease.toml:38: fable_fusion is of kind category and has no levels. "
        'Add levels = ["…", "…"].'
    ) in found
    assert any(finding.startswith("regimens.toml:18: eligible_when") for finding in found)


def test_library_tells_a_misspelt_column_once(pack):
    """A wrong header is told by name and the rows are not judged against it."""
    mend(pack / "arms.csv", "id,trial,", "id,trail,")
    assert findings_of(pack.parent) == [
        "arms.csv:1: The column trial is missing. Every row needs it: add the column.",
        "arms.csv:1: There is no column trail. Did you mean trial?",
    ]


_EARLY = (
    "id,trial,regimen_id,endpoint,landmark_years,endpoint_pct,endpoint_hr,endpoint_hr_low,"
    "endpoint_hr_high,control_regimen_id,pcr_pct,source,verified\n"
    "early-1,EARLY,doxorubicin,idfs,{years},80,{hazard},0.5,0.9,{control},{pcr},Invented,memory\n"
)


@pytest.mark.parametrize(
    ("years", "hazard", "control", "pcr", "finding"),
    [
        ("5", "0.7", "fablinib", "55", None),
        ("", "0.7", "fablinib", "55", "endpoint_pct and landmark_years belong together; one is "
         "missing. Give both or neither."),
        ("5", "1.7", "fablinib", "55", "endpoint_hr: 1.7 lies outside its own interval, 0.5 to "
         "0.9. Look all three figures up at the source."),
        ("5", "0.7", "", "55", "There is a hazard ratio but no control_regimen_id. Name the "
         "control, or say in control_exempt why it is no regimen of this pack."),
        ("5", "0.7", "fablinib", "155", "pcr_pct is 155, which is no percentage. Write 0 to 100."),
    ],
)  # fmt: skip
def test_library_checks_arms_of_early_disease(pack, years, hazard, control, pcr, finding):
    """Arms in early disease are held to the same rules as the others."""
    table = _EARLY.format(years=years, hazard=hazard, control=control, pcr=pcr)
    (pack / "early_arms.csv").write_text(table, encoding="utf-8")
    expected = [] if finding is None else [f"early_arms.csv:2: {finding}"]
    assert findings_of(pack.parent) == expected


_NO_TABLES = (
    ("disease.toml", "features = 5", "features is no table. Write [features.name]"),
    ("disease.toml", "[features]\nage_years = 5", "features.age_years is no table."),
    ("disease.toml", "adverse_groups = 5", "adverse_groups is no table."),
    ("disease.toml", "[adverse_groups]\nany = 5", "adverse_groups.any is no table."),
    ("disease.toml", "implications = 5", "implications is no table. Write [[implications]]"),
    ("disease.toml", "arms = 5", "There is no table arms. It is read from arms.csv."),
    ("disease.toml", 'fingerprint = "0"', "There is no table fingerprint. Leave it out."),
    ("regimens.toml", "regimens = 5", "regimens is no table. Write [regimens.name]"),
    ("regimens.toml", "[regimens]\ncure = 5", "regimens.cure is no table."),
    ("regimens.toml", "[regimens.cure]\nline = []", "line is []. Input should be '1L'"),
)


@pytest.mark.parametrize(("file", "text", "finding"), _NO_TABLES, ids=lambda text: text[:30])
def test_library_refuses_what_has_the_wrong_shape(tmp_path, file, text, finding):
    """A value where a table belongs is a finding with its place, never an error of our own."""
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "disease.toml").write_text('id = "odd"\nlabel = "Odd"\nversion = "1"\n', "utf-8")
    (folder / "regimens.toml").write_text("", "utf-8")
    with (folder / file).open("a", encoding="utf-8") as end:
        end.write(f"{text}\n")
    with pytest.raises(PackError) as refused:
        load_library([tmp_path])
    assert f"{file}:" in str(refused.value)
    assert finding in str(refused.value)
