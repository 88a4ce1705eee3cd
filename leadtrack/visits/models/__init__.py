"""What is true of sites and what browsers did on them. One file per noun."""

from leadtrack.visits.models.claim import Claim
from leadtrack.visits.models.consent import ConsentDay
from leadtrack.visits.models.goal import Goal, GoalHit
from leadtrack.visits.models.site import Site, SiteOrigin, check_time_zone, new_site_key
from leadtrack.visits.models.staff import StaffBrowser, StaffNetwork
from leadtrack.visits.models.visit import Visit, Visitor

__all__ = [
    "Claim",
    "ConsentDay",
    "Goal",
    "GoalHit",
    "Site",
    "SiteOrigin",
    "StaffBrowser",
    "StaffNetwork",
    "Visit",
    "Visitor",
    "check_time_zone",
    "new_site_key",
]
