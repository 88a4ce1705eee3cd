from django.urls import path

from leadtrack.visits import api
from leadtrack.visits.views import goals, hygiene, staff

urlpatterns = [
    path("api/v1/visits", api.beacon, name="beacon"),
    path("sources/hygiene/", hygiene.hygiene_page, name="source-hygiene"),
    path("visits/me/", staff.own_visits, name="own-visits"),
    path("visits/networks/<int:pk>/remove/", staff.network_remove, name="own-network-remove"),
    path("goals/", goals.goals, name="goals"),
    path("goals/add/", goals.goal_add, name="goal-add"),
    path("goals/try/", goals.goals_try, name="goals-try"),
    path("goals/<int:pk>/", goals.goal, name="goal"),
    path("goals/<int:pk>/switch/", goals.goal_switch, name="goal-switch"),
    path("goals/<int:pk>/set-up/", goals.goal_set_up, name="goal-set-up"),
]
