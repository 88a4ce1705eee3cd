"""The hooks: where carriers and vendors call us."""

from leadtrack.leads.hooks import message, pbx, twilio, vendors, whisper

urlpatterns = [
    *twilio.urlpatterns,
    *whisper.urlpatterns,
    *message.urlpatterns,
    *pbx.urlpatterns,
    *vendors.urlpatterns,
]
