from django.urls import path

from leadtrack.phones.views import assign, number, numbers

urlpatterns = [
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/add/", numbers.number_add, name="number-add"),
    path("numbers/<int:pk>/", number.number, name="number"),
    path("numbers/<int:pk>/assign/", assign.number_assign, name="number-assign"),
    path("numbers/<int:pk>/undo/", assign.number_undo, name="number-undo"),
]
