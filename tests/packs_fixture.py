"""A small, complete, invented disease pack, written into a folder for tests.

Nothing in it is medicine: the disease, its figures and its sources are made up.
"""

from __future__ import annotations

from pathlib import Path

DISEASE_ID = "fabled-sarcoma"

DISEASE = """\
# An invented tumour: only for tests.
id = "fabled-sarcoma"
label = "Fabled sarcoma"
version = "0.1.0"
description = "An invented tumour."
codes = { oncotree = "FABLE", icd10 = "C49" }
class_families = { chemotherapy = ["anthracycline"] }

[drug_classes]
anthracycline = "anthracycline"
fable_inhibitor = "FABLE inhibitor"
supportive = "supportive care"

[features.age_years]
plausible = { low = 20, high = 85 }
distribution = [{ draw = "normal(50, 15)" }]
source = { text = "Invented" }

[features.sex]
distribution = [{ draw = "cat(female:0.5, male:0.5)" }]
source = { text = "Invented" }

[features.ecog_ps]
distribution = [{ draw = "cat(0:0.4, 1:0.4, 2:0.15, 3:0.04, 4:0.01)" }]
missing_rate = 0.1
source = { text = "Invented" }

[features.line]
distribution = [{ draw = "cat(1:0.6, 2:0.3, 3:0.1)" }]
source = { text = "Invented" }

[features.albumin_g_dl]
plausible = { low = 3, high = 4.6 }
distribution = [{ draw = "normal(4, 0.5)" }]
missing_rate = 0.2
source = { text = "Invented" }

[features.fable_fusion]
label = "FABLE fusion"
kind = "category"
levels = ["none", "fable1", "fable2"]
level_labels = { none = "none found", fable1 = "FABLE1" }
group = "molecular"
aliases = ["fable", "fable status"]
distribution = [
  { when = "age_years < 40", draw = "cat(none:0.3, fable1:0.5, fable2:0.2)" },
  { draw = "cat(none:0.8, fable1:0.15, fable2:0.05)" },
]
adjustments = [{ when = "sex == female", change = "odds(1.5, fable1, fable2)" }]
missing_rate = 0.3
help = "Which FABLE fusion the tumour carries."
source = { text = "Invented", verified = "yes" }

[features.fused]
label = "Any FABLE fusion"
kind = "flag"
group = "molecular"
derived_from = ["fable_fusion"]
distribution = [
  { when = "fable_fusion != none", draw = "point(true)" },
  { draw = "point(false)" },
]
help = "Whether any FABLE fusion was found."
source = { text = "Invented" }

[features.depth_mm]
label = "Depth"
kind = "number"
unit = "mm"
quantity = "length_mm"
hard = { low = 1, high = 400 }
plausible = { low = 10, high = 150 }
group = "imaging"
aliases = ["tumour depth"]
distribution = [{ draw = "catrange(1-9:0.2, 10-100:0.7, 101-200:0.1)" }]
adjustments = [{ when = "fused == true", change = "shift(1, 0.25)" }]
help = "How deep the tumour reaches."
source = { text = "Invented" }

[adverse_groups.any]
[adverse_groups.haematological]

[[implications]]
when = "fable_fusion != none"
then = { fused = true }

[[implications]]
when = "fable_fusion == none"
then = { fused = false }
"""

REGIMENS = """\
[regimens.doxorubicin]
label = "Doxorubicin"
drugs = [{ name = "doxorubicin", dose = "75 mg/m2 q3w" }]
classes = ["anthracycline"]
line = "any"
never_when = "ecog_ps >= 3"
caution_when = "age_years >= 75"
contraindications = "ECOG 3-4; age above 75 (relative)"
route = "IV"
cycle_days = 21
source = { text = "Invented" }

[regimens.fablinib]
label = "Fablinib"
drugs = [{ name = "fablinib", dose = "100 mg daily" }]
classes = ["fable_inhibitor"]
line = "2L+"
eligible_when = "fable_fusion in {fable1, fable2}"
preferred_when = "fable_fusion == fable1"
route = "PO"
cycle_days = 28
source = { text = "Invented" }

[regimens.comfort]
label = "Comfort alone"
drugs = [{ name = "comfort" }]
classes = ["supportive"]
arm_exempt = "Nobody is randomised to comfort alone."
source = { text = "Invented" }
"""

ARMS = """\
id,trial,line,population,population_when,regimen_id,arm_label,n,orr_pct,cr_pct,\
pfs_median_months,pfs_median_low,pfs_median_high,os_median_months,pfs_12mo_pct,os_12mo_pct,\
os_24mo_pct,pfs_hr,pfs_hr_low,pfs_hr_high,control_regimen_id,grade3plus_pct,grade3plus_basis,\
source,reference,verified,verified_fields,seen_at,note
fable-1-doxorubicin,FABLE-1,1L,untreated,line == 1,doxorubicin,doxorubicin,120,14,1,\
4.6,3.9,5.6,12.8,18,53,27,,,,,60,all_cause,Invented,,memory,,,
fable-2-fablinib,FABLE-2,2L+,fused,fused == true and line >= 2,fablinib,fablinib,80,40,4,\
9.1,7.0,11.2,,40,75,51,0.5,0.4,0.65,doxorubicin,35,treatment_related,Invented,NCT00000000,partial,\
n;orr_pct,a page,
fable-2-doxorubicin,FABLE-2,2L+,fused,fused == true and line >= 2,doxorubicin,doxorubicin,80,12,0,\
4.1,3.0,5.0,13.1,15,55,30,,,,,61,all_cause,Invented,NCT00000000,memory,,,
"""

TOXICITY = """\
id,regimen_id,adverse_group,any_grade_pct,grade3plus_pct,basis,source,verified
doxorubicin.any,doxorubicin,any,98,60,all_cause,Invented,memory
doxorubicin.haematological,doxorubicin,haematological,80,45,all_cause,Invented,memory
fablinib.any,fablinib,any,95,35,treatment_related,Invented,memory
"""

EFFECTS = """\
id,feature,level,reference_level,level_when,reference_when,contrast,per,comparator,endpoint,\
adverse_group,applies_to,applies_regimens,applies_classes,measure,value,low,high,role,basis,source,\
verified
ecog_ps-os-1,ecog_ps,>=2,0-1,ecog_ps >= 2,ecog_ps <= 1,level,,,os,,all,,,HR,2.1,1.6,2.8,\
prognostic,published,Invented,memory
age_years-os-1,age_years,per 10 years,,,,per_unit,10,,os,,chemotherapy,,chemotherapy,HR,1.1,1.0,\
1.2,prognostic,approximate,Invented,memory
fable_fusion-pfs-1,fable_fusion,fable1,doxorubicin arm,fable_fusion == fable1,,treatment,,\
doxorubicin,pfs,,fablinib,fablinib,,HR,0.4,0.3,0.6,predictive,published,Invented,yes
albumin_g_dl-toxicity-1,albumin_g_dl,<3.5,>=3.5,albumin_g_dl < 3.5,albumin_g_dl >= 3.5,level,,,\
toxicity,haematological,doxorubicin,doxorubicin,,OR,1.8,1.2,2.6,prognostic,published,Invented,memory
"""

SEQUENCES = """\
id,after_regimen_id,next_regimen_id,next_label,when,orr_pct,pfs_median_months,source,verified
doxorubicin.fablinib,doxorubicin,fablinib,Fablinib,fused == true,40,9.1,Invented,memory
"""

SITES = """\
id,site,subgroup,when,baseline_prevalence_pct,cum_incidence_12mo_pct,cum_incidence_24mo_pct,source,\
verified
lung-1,lung,all,,40,10,18,Invented,memory
"""

FILES = {
    "disease.toml": DISEASE,
    "regimens.toml": REGIMENS,
    "arms.csv": ARMS,
    "toxicity.csv": TOXICITY,
    "effects.csv": EFFECTS,
    "sequences.csv": SEQUENCES,
    "sites.csv": SITES,
}


def write_pack(folder: Path, disease: str = DISEASE_ID) -> Path:
    """Write the invented pack as a sub-folder of a site's folder, and return that sub-folder."""
    pack = folder / disease
    pack.mkdir(parents=True)
    for name, text in FILES.items():
        named = text.replace(f'id = "{DISEASE_ID}"', f'id = "{disease}"', 1)
        (pack / name).write_text(named, encoding="utf-8")
    return pack


def mend(path: Path, old: str, new: str) -> int:
    """Replace a text that stands once in a file; the line on which it began is returned."""
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        message = f"{old!r} stands {text.count(old)} times in {path.name}"
        raise AssertionError(message)
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1
