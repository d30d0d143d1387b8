"""What a person does with a mouse: from the welcome page to a patient, from a bad file on."""

import re

from playwright.sync_api import expect

BAD = (
    "Patient ID,Age (years),Gender,ECOG,PD-L1,Name\n"
    "A1,61,F,1,50,Erika Mustermann\n"
    "A2,430,M,0,0.6,Jane Q. Doe\n"
    "A3,55,F,banana,80,John Q. Public\n"
)
PAYLOADS = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))")


def open_sample(page, name="SYN-NSCLC-02"):
    """Open a sample from the welcome page."""
    page.goto("/")
    page.get_by_role("button", name=f"Open {name}").click()
    page.get_by_role("heading", level=1, name="Patient").wait_for()


def view(page, name):
    """Choose a view of the patient page."""
    page.get_by_role("radio", name=name).or_(
        page.get_by_role("button", name=name, exact=True)
    ).first.click()


def drop(page, content, name="lung.csv"):
    """Drop a file on the intake page and say what tumour group it is about."""
    page.goto("/intake")
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Non-small-cell lung cancer", exact=True).click()


def test_journey_from_welcome_to_a_sample_patient(page):
    """One click shows a patient with banner, verdicts and the facts that would decide."""
    open_sample(page)
    banner = page.get_by_role("region", name="Patient on the screen")
    expect(banner).to_contain_text("SYNTHETIC")
    expect(banner).to_contain_text("Non-small-cell lung cancer")
    expect(page.get_by_role("heading", name="Regimens by the published rules")).to_be_visible()
    expect(page.get_by_text("ALK fusion").first).to_be_visible()
    expect(page.get_by_text("For education and research. Not a medical device.")).to_be_visible()
    assert page.url.endswith("/patient?patient=SYN-NSCLC-02")


def test_journey_by_link_reload_and_back(page):
    """A link to a sample opens it, a reload keeps it, back returns to the page before."""
    page.goto("/patient?patient=SYN-MEL-01")
    banner = page.get_by_role("region", name="Patient on the screen")
    expect(banner).to_contain_text("SYN-MEL-01")
    page.reload()
    expect(banner).to_contain_text("SYN-MEL-01")
    page.get_by_role("link", name="New patient").click()
    page.get_by_role("heading", level=1, name="New patient").wait_for()
    page.go_back()
    page.get_by_role("heading", level=1, name="Patient").wait_for()
    expect(banner).to_contain_text("SYN-MEL-01")


def test_journey_stops_at_an_unknown_patient(page):
    """A link to nobody shows nobody."""
    page.goto("/patient?patient=nobody-here")
    page.get_by_role("heading", level=1, name="Patient not found").wait_for()
    expect(page.get_by_role("region", name="Patient on the screen")).to_have_count(0)


def test_journey_removes_identifiers_from_the_address(page):
    """What does not belong in an address is gone from it once the page stands."""
    page.goto("/?mrn=12345678&name=Jane")
    page.get_by_role("heading", level=1, name="Concord").wait_for()
    expect(page).to_have_url(re.compile(r"/$"))


def test_journey_from_a_bad_file_to_accepted_patients(page, app):
    """Each mistake is mended beside its message; names in the file stay out of page and log."""
    drop(page, BAD)
    expect(page.get_by_text("3 patients read from lung.csv; 1 ready to accept.")).to_be_visible()
    age = page.get_by_role("textbox", name="Age", exact=True)
    age.fill("43")
    age.press("Enter")
    page.get_by_text("0.6 fraction = 60 %").click()
    expect(page.get_by_role("textbox", name="PD-L1 on tumour cells (TPS)")).to_have_value("60")
    page.get_by_text("Leave it unknown", exact=True).last.click()
    expect(page.get_by_text("3 patients read from lung.csv; 3 ready to accept.")).to_be_visible()
    body = page.inner_text("body")
    page.get_by_role("button", name="Accept 3 patients").click()
    page.get_by_role("heading", level=1, name="Patient").wait_for()
    body += page.inner_text("body")
    for name in ("Mustermann", "Jane Q. Doe", "John Q. Public"):
        assert name not in body
        assert name not in app.written()
    token = page.url.rpartition("=")[2]
    assert len(token) >= 10
    assert token not in app.written()


def test_journey_hands_the_record_out(page):
    """Every form of download is a file with the patient in it."""
    open_sample(page)
    view(page, "Download")
    buttons = page.get_by_test_id("stDownloadButton").get_by_role("button")
    expect(buttons.first).to_be_visible()
    assert buttons.count() >= 4
    for place in range(buttons.count()):
        with page.expect_download() as waiting:
            buttons.nth(place).click()
        content = waiting.value.path().read_bytes()
        assert b"SYN-NSCLC-02" in content


def test_journey_switches_patients_without_a_trace_of_the_former(page):
    """After each of many switches nothing of the patient before is on the screen."""
    names = ("SYN-NSCLC-02", "SYN-MEL-01")
    for name in names:
        page.goto(f"/patient?patient={name}")
        page.get_by_role("region", name="Patient on the screen").wait_for()
    open_sample(page, names[0])
    page.get_by_role("link", name="Welcome").click()
    page.get_by_role("button", name=f"Open {names[1]}").click()
    view(page, "Record")
    for turn in range(6):
        wanted, former = names[turn % 2], names[(turn + 1) % 2]
        page.get_by_role("combobox", name="Patient on the screen").click()
        page.get_by_role("option", name=wanted).click()
        banner = page.get_by_role("region", name="Patient on the screen")
        expect(banner).to_contain_text(wanted)
        assert former not in page.get_by_test_id("stMain").inner_html()


def test_journey_runs_no_script_from_a_file(page):
    """Ids, columns and values that are scripts stay letters, on every page they reach."""
    fired = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    titles = ",".join(f'"{payload}"' for payload in PAYLOADS)
    rows = [f'"{payload}",61,F,{titles}' for payload in PAYLOADS]
    rows += [f'B{place},430,"{payload}",1,1,1' for place, payload in enumerate(PAYLOADS)]
    drop(page, "\n".join([f"id,age_years,sex,{titles}", *rows, ""]))
    page.get_by_text("ready to accept").first.wait_for()
    page.get_by_text("found no place").last.click()
    page.wait_for_timeout(500)
    live = page.get_by_test_id("stMain").locator("script, img[src=x], a[href^=javascript]")
    assert live.count() == 0
    assert fired == []
