"""The hooks: where carriers and vendors call us."""

from leadtrack.leads.hooks import message, twilio, vendors, whisper

urlpatterns = [*twilio.urlpatterns, *whisper.urlpatterns, *message.urlpatterns, *vendors.urlpatterns]
