"""What is true of people who asked. One file per noun."""

from leadtrack.leads.models.binding import Binding
from leadtrack.leads.models.call_file import CallFile
from leadtrack.leads.models.connection import Connection, new_connection_key, new_secret
from leadtrack.leads.models.contact import Contact, ContactKey, ContactQuerySet, new_contact_id
from leadtrack.leads.models.form import Form, new_form_key
from leadtrack.leads.models.inbox import InboxRow, new_lead_id
from leadtrack.leads.models.lead import IN_TURN, Attempt, Lead, LeadQuerySet, Receipt
from leadtrack.leads.models.lead_import import ImportRow, LeadImport
from leadtrack.leads.models.merge import DuplicateSweep, Merge, PossibleDuplicate
from leadtrack.leads.models.refusal import Refusal, RefusalCount
from leadtrack.leads.models.spam import SpamVerdict

__all__ = [
    "IN_TURN",
    "Attempt",
    "Binding",
    "CallFile",
    "Connection",
    "Contact",
    "ContactKey",
    "ContactQuerySet",
    "DuplicateSweep",
    "Form",
    "ImportRow",
    "InboxRow",
    "Lead",
    "LeadImport",
    "LeadQuerySet",
    "Merge",
    "PossibleDuplicate",
    "Receipt",
    "Refusal",
    "RefusalCount",
    "SpamVerdict",
    "new_connection_key",
    "new_contact_id",
    "new_form_key",
    "new_lead_id",
    "new_secret",
]
