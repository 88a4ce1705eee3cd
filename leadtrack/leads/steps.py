"""How each vendor is connected, in plain words: what to press there and what to paste where. Pure."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from leadtrack.leads.models import Connection

_Kind = Connection.Kind
_Steps = tuple[str | Promise, ...]

STEPS: Final[dict[str, _Steps]] = {
    _Kind.GOOGLE: (
        _("In Google Ads open the lead form (Assets, Lead form) and there “Webhook”."),
        _("Paste the address into “Webhook URL” and the secret into “Key”."),
        _("Press “Send test data”: Google then says that it worked, and here the test is seen."),
        _("Save the form. Campaign, ad group and ad come with every lead by their ids."),
    ),
    _Kind.META: (
        _("At developers.facebook.com open your app, add the product “Webhooks” and choose “Page”."),
        _("Paste the address into “Callback URL”, the token into “Verify token”; press “Verify and save”."),
        _("Subscribe to the field “leadgen”."),
        _("Copy the app secret (App settings, Basic) into the field below."),
        _(
            "Make a page access token that does not expire, with the rights leads_retrieval,"
            " pages_manage_metadata, pages_show_list and pages_read_engagement; put it below."
        ),
        _("Subscribe the page to the app, then send a lead with Meta's “Lead Ads Testing Tool”."),
    ),
    _Kind.VK: (
        _("In the community open Manage, API usage, Callback API, and add a server."),
        _("Copy VK's confirmation string and the number of the community into the fields below and save."),
        _("Paste the address into “Address” and the secret into “Secret key” at VK, then press “Confirm”."),
        _("On the tab “Event types” tick the leads of lead forms."),
    ),
    _Kind.TILDA: (
        _("In Tilda open Site settings, Forms, Other, Webhook, and paste the address."),
        _("Tick “Send cookies”: with them a lead finds its visit and its campaign."),
        _("Connect the webhook to every form (block settings, Content, Receiver) and publish all pages."),
    ),
    _Kind.TYPEFORM: (
        _("In Typeform open the form, Connect, Webhooks, “Add a webhook”, and paste the address."),
        _("Under “Edit” paste the secret into “Secret” and switch the webhook on."),
        _("Add hidden fields utm_source, utm_medium, utm_campaign, gclid, yclid; pass them in the link."),
    ),
    _Kind.CF7: (
        _("Install the plug-in “CF7 to Webhook” and open the tab “Webhook” of the form."),
        _("Paste the address into “Webhook URL” and choose JSON."),
    ),
    _Kind.ELEMENTOR: (
        _("Edit the form in Elementor, add “Webhook” under “Actions after submit”, and paste the address."),
        _("Switch on “Advanced data”: then a new wording of a label changes nothing here."),
    ),
    _Kind.GRAVITY: (
        _("Install the add-on “Webhooks”, open the form's settings, Webhooks, “Add new”."),
        _("Paste the address, method POST, format JSON, body “All fields”."),
        _("The fields come as numbers; after the first entry say below which number is what."),
    ),
    _Kind.WPFORMS: (
        _("Install the add-on “Webhooks”, open the form, Settings, Webhooks, and switch them on."),
        _("Paste the address, method POST, format JSON, and choose the fields to send."),
    ),
    _Kind.OTHER: (
        _("Let your program, Zapier, Make or n8n send a POST with JSON or form fields to the address."),
        _("Send utm_source, utm_medium, utm_campaign, gclid, yclid and page_url along, if you know them."),
        _("Send a number of your own as submission_id: then a repeated sending never makes a second lead."),
        _(
            "If you ask for a secret: send it as the header X-LeadTrack-Secret, or sign the body in"
            " X-LeadTrack-Signature (sha256=, HMAC-SHA256 in hex)."
        ),
    ),
}
