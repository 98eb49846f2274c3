"""`sprout doctor -` recognises the symptoms in public reports and on the page."""

import re
import tomllib
from pathlib import Path

import pytest

from sprout.days import ROOT
from sprout.doctor.symptoms import BY_ID, SYMPTOMS
from sprout.doctor.text import diagnose
from tools.site.pages import DOCS, find

HERE = Path(__file__).parent
PAGE = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"(?ms)^### (.+?)\n(.+?)(?=^##|\Z)", PAGE))
# The measured share of the reports in unseen.toml for which the first id is right.
RIGHT = 1.0


def reports(name):
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))["report"]


@pytest.mark.parametrize("report", reports("reports"), ids=lambda r: r["source"])
def test_the_right_id_of_a_public_report_is_first(report):
    assert [symptom.id for symptom in diagnose(report["text"])][:1] == [report["id"]]


def test_unseen_reports_have_the_measured_share_of_right_ids():
    unseen = reports("unseen")
    right = [r for r in unseen if [s.id for s in diagnose(r["text"])][:1] == [r["id"]]]
    assert len(unseen) == 20
    assert len(right) / len(unseen) >= RIGHT


def test_no_report_is_in_both_sets():
    seen, unseen = ({r["source"] for r in reports(n)} for n in ("reports", "unseen"))
    assert len(seen) == len(unseen) == 20
    assert not seen & unseen


@pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.id)
def test_the_page_matches_the_doctor(symptom):
    section = " ".join(SECTIONS[symptom.title].split())
    assert f"**Cause.** {symptom.cause} **Cure.** {symptom.cure}." in section
    assert section.endswith(f"Doctor: `{symptom.id}`")


def test_the_page_has_no_other_sections():
    assert set(SECTIONS) == {symptom.title for symptom in SYMPTOMS}


@pytest.mark.parametrize(
    "symptom", [s for s in SYMPTOMS if s.patterns], ids=lambda symptom: symptom.id
)
def test_the_output_on_the_page_has_the_id_of_its_symptom(symptom):
    section = SECTIONS[symptom.title]
    shown = re.findall(r"{{ console (\S+) (\S+) }}", section.partition("**Cause.**")[0])
    texts = ["\n".join(find(name, part)[1].lines) for name, part in shown]
    texts += re.findall(r"(?ms)^```text\n(.+?)^```", section)
    first = [found[0].id for found in map(diagnose, texts) if found]
    assert symptom.id in first


@pytest.mark.parametrize(
    "text",
    ["", "celery@laptop ready.", "Task shop.add[1] succeeded in 0.1s: 4", "\x00\ufffd"],
)
def test_a_text_without_a_symptom_has_no_diagnosis(text):
    assert diagnose(text) == []


def test_a_task_that_ran_twice_is_found_by_its_id():
    line = "Task shop.remind[1db0985f-1300-499d-888f-167e63474943] succeeded in 0.1s\n"
    assert diagnose(line) == []
    assert diagnose(line + line) == [BY_ID["SPR017"]]


def test_ids_are_ordered_and_refer_to_general_symptoms():
    ids = [symptom.id for symptom in SYMPTOMS]
    assert ids == [f"SPR{number:03}" for number in range(1, len(ids) + 1)]
    for symptom in SYMPTOMS:
        assert set(symptom.consequences) < set(ids)
        for pattern in symptom.patterns:
            re.compile(pattern)


def test_each_symptom_has_a_check_or_a_reason():
    code = "".join(
        (ROOT / "sprout" / "doctor" / f"{name}.py").read_text("utf-8")
        for name in ("machine", "application")
    )
    # The message of a finding with the status OK mentions SPR024.
    checked = set(re.findall(r"SPR\d{3}", code)) - {"SPR024"}
    assert {symptom.id for symptom in SYMPTOMS if not symptom.unseen} == checked
    assert all(symptom.patterns for symptom in SYMPTOMS if symptom.unseen)
