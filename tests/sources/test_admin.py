from django.test import Client

from leadtrack.sources.marker import Marker
from leadtrack.sources.register import source_for


def test_sources_can_be_looked_at_but_not_changed(admin_client: Client) -> None:
    source = source_for(Marker(source="google", medium="cpc", campaign="<b>Brand</b>"))
    listing = admin_client.get("/admin/leadtrack_sources/source/", {"q": "brand", "channel": "Paid Search"})
    assert "&lt;b&gt;Brand" in listing.content.decode()
    page = f"/admin/leadtrack_sources/source/{source.pk}/change/"
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"source": "x"}).status_code == 403
    assert admin_client.get("/admin/leadtrack_sources/source/add/").status_code == 403
