from django.urls import path

from leadtrack.phones import views

urlpatterns = [
    path("numbers/", views.numbers, name="numbers"),
    path("numbers/add/", views.number_add, name="number-add"),
    path("numbers/<int:pk>/", views.number, name="number"),
    path("numbers/<int:pk>/assign/", views.number_assign, name="number-assign"),
    path("numbers/<int:pk>/undo/", views.number_undo, name="number-undo"),
]
