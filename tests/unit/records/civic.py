"""Items in the form of CIViC's evidence summaries; every statement here is invented."""

COLUMNS = (
    "molecular_profile", "molecular_profile_id", "disease", "doid", "phenotypes", "therapies",
    "therapy_interaction_type", "evidence_type", "evidence_direction", "evidence_level",
    "significance", "evidence_statement", "citation_id", "source_type", "asco_abstract_id",
    "citation", "nct_ids", "rating", "evidence_status", "evidence_id", "variant_origin",
    "last_review_date", "evidence_civic_url", "molecular_profile_civic_url", "is_flagged",
)  # fmt: skip


def item(number="7", **cells):
    """One item about osimertinib in lung cancer, with other cells where named."""
    held = dict.fromkeys(COLUMNS, "")
    held |= {
        "evidence_id": number, "molecular_profile": "EGFR L858R",
        "disease": "Lung Non-small Cell Carcinoma", "therapies": "Osimertinib",
        "evidence_type": "Predictive", "evidence_direction": "Supports", "evidence_level": "A",
        "significance": "Sensitivity/Response", "evidence_statement": f"Statement {number}",
        "citation": "Somebody et al., 2020", "citation_id": "123", "source_type": "PubMed",
        "evidence_status": "accepted", "is_flagged": "false",
    }  # fmt: skip
    return held | cells


def civic(*items):
    """Items as the text of a download."""
    lines = ["\t".join(COLUMNS), *("\t".join(each[c] for c in COLUMNS) for each in items)]
    return "\n".join(lines) + "\n"
