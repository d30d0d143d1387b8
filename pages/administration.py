"""People and roles, consent, erasing a patient, models, copies of everything kept."""

import streamlit as st

from components.widgets import administration as shown
from components.widgets import approval, panels
from dashboard.services import approvals, consents, keeping, knowledge, people
from dashboard.shell import page

with page.frame("administration") as context:
    part = shown.choose_part(key="administration.part")
    if part == shown.PEOPLE:
        wish = shown.ask_role([str(role) for role in people.GIVEN], key="administration.role")
        if wish is not None:
            given = people.give_by_name(context, *wish)
            st.success(f"{given.id}: {given.role or 'no role'}. Their visits were ended.")
        everybody = people.people(context)
        rows = [(p.id, str(p.role or "none"), f"{p.since:%Y-%m-%d %H:%M}", p.by) for p in everybody]
        panels.show(shown.people_table(rows))
        gone = shown.ask_person([p.id for p in everybody], key="administration.visits")
        if gone is not None:
            st.success(f"Visits of {gone} that were ended: {people.end_visits(context, gone)}.")
    elif part == shown.CONSENT:
        st.caption(
            "Who objects to research or training is in no cohort, among no similar patients and in "
            "no training from the next reading on. A later word takes the place of an earlier one."
        )
        word = shown.ask_consent([str(p) for p in consents.Purpose], key="administration.consent")
        if word is not None:
            kept = consents.say_anew(context, *word)
            st.success(f"Kept for {kept.patient}, version {kept.version}.")
    elif part == shown.ERASURE:
        st.caption(
            "Destroys the patient's own key: everything kept of them, in every copy and backup, "
            "can be read by nobody any more. It cannot be taken back."
        )
        asked = shown.ask_erasure(key="administration.erase")
        if asked is not None:
            held = keeping.erase(context, *asked)
            told = shown.certificate(
                str(held.body["patient"]), held.body["versions"],
                at=f"{held.at:%Y-%m-%d %H:%M}", by=held.by, name=held.id,
            )  # fmt: skip
            panels.show(told)
    elif part == shown.MODELS:
        if not context.settings.needs_approval:
            st.caption("On one's own machine no model is approved; a server asks people first.")
        else:
            diseases = {each.id: each.label for each in knowledge.packs(context)}
            ours = approvals.cohorts(context)
            wanted = approval.ask_offer(
                approvals.dropped(context), f"{approvals.DROP}/ of the data folder",
                {name: f"{name}, {diseases.get(of, of)}" for name, of in ours},
                key="administration.model",
            )  # fmt: skip
            if wanted is not None:
                offered = approvals.offer_dropped(context, wanted[0], own=wanted[1])
                st.success(f"Model {offered.bundle} waits for approval on Methods.")
            panels.show(approval.seats_table(approvals.seats(context), diseases))
    else:
        st.caption("A copy is written beside the data, with the keys of the patients beside it.")
        left, right = st.columns(2)
        if left.button("Make a copy now", key="administration.copy", width="stretch"):
            found, place = keeping.copy_now(context)
            told = shown.checked(
                found.versions, found.lines, len(found.damaged), f"Copied to {place.name}"
            )
            panels.show(told)
        if right.button("Check everything", key="administration.check", width="stretch"):
            found = keeping.verify(context)
            panels.show(
                shown.checked(found.versions, found.lines, len(found.damaged), "Everything kept")
            )
