from django.core.management.base import BaseCommand
from django.test import Client
from django.urls import reverse

from firm.models import Employee
from leadtrack.accounts.models import Member
from leadtrack.leads import inbox
from leadtrack.leads.models import Form, InboxRow, Lead
from leadtrack.visits.models import Site


class Command(BaseCommand):
    help = "Posts a form to the carried LeadTrack, works it, and looks at it as a sales person."

    def handle(self, *args, **options):
        sally = Employee.objects.create(badge="sally")
        Member.objects.create(user=sally, role="sales")
        form = Form.objects.create(site=Site.objects.create(name="Shop", region="DE"), name="Call me")
        page = "https://shop.example/?utm_source=google&utm_medium=cpc&utm_campaign=brand"
        answer = Client().post(
            reverse("leadtrack:form-door", args=[form.key]),
            {"name": "Anna", "phone": "030 12345678", "page_url": page},
        )
        self.stdout.write(f"status {answer.status_code}")
        inbox.work(InboxRow.objects.get().pk)
        lead = Lead.objects.select_related("source", "deal__owner").get()
        self.stdout.write(f"lead {lead.phone.as_e164} of {lead.source.channel}")
        self.stdout.write(f"owner {lead.deal.owner.badge}")
        client = Client()
        client.force_login(sally)
        inbox_page = client.get(reverse("leadtrack:inbox"))
        self.stdout.write(
            f"inbox shows it: {inbox_page.status_code == 200 and b'Anna' in inbox_page.content}"
        )
