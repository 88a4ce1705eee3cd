"""The hooks: where carriers and vendors call us."""

from leadtrack.leads.hooks import message, twilio, vendors

urlpatterns = [*twilio.urlpatterns, *message.urlpatterns, *vendors.urlpatterns]
