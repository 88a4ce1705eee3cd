from django.http import HttpResponseBase
from django.shortcuts import redirect

from leadtrack.accounts.access import MemberRequest, member_required


@member_required()
def home(request: MemberRequest) -> HttpResponseBase:
    """Each role begins where its work is: sales in the inbox, the rest at the report."""
    return redirect("leadtrack:report" if request.member.can("reports.read") else "leadtrack:inbox")
