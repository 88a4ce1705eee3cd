from django.urls import path

from leadtrack.phones.views import assign, bulk, buy, give, number, numbers, orders, pools

urlpatterns = [
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/add/", numbers.number_add, name="number-add"),
    path("numbers/buy/", buy.number_buy, name="number-buy"),
    path("numbers/orders/<int:pk>/", orders.order, name="number-order"),
    path("numbers/orders/<int:pk>/again/", orders.order_again, name="number-order-again"),
    path("numbers/bulk/", bulk.numbers_bulk, name="numbers-bulk"),
    path("numbers/bulk/template.csv", bulk.numbers_template, name="numbers-template"),
    path("numbers/bulk/undo/", bulk.numbers_bulk_undo, name="numbers-bulk-undo"),
    path("numbers/pools/", pools.pools, name="pools"),
    path("numbers/pools/add/", pools.pool_add, name="pool-add"),
    path("numbers/pools/<int:pk>/", pools.pool, name="pool"),
    path("numbers/pools/<int:pk>/retire/", pools.pool_retire, name="pool-retire"),
    path("numbers/pools/<int:pk>/restore/", pools.pool_restore, name="pool-restore"),
    path("numbers/<int:pk>/", number.number, name="number"),
    path("numbers/<int:pk>/change/", number.number_change, name="number-change"),
    path("numbers/<int:pk>/ads/<int:assignment_pk>/", number.number_ad, name="number-ad"),
    path("numbers/<int:pk>/ads/<int:assignment_pk>/picture/", number.number_picture, name="number-picture"),
    path("numbers/<int:pk>/assign/", assign.number_assign, name="number-assign"),
    path("numbers/<int:pk>/undo/", assign.number_undo, name="number-undo"),
    path("numbers/<int:pk>/choose/", give.number_choose, name="number-choose"),
    path("numbers/<int:pk>/held/", give.number_held, name="number-held"),
    path("numbers/<int:pk>/give/", give.number_give, name="number-give"),
    path("numbers/<int:pk>/restore/", give.number_restore, name="number-restore"),
    path("numbers/<int:pk>/release/", orders.number_release, name="number-release"),
    path("numbers/<int:pk>/keep/", orders.number_keep, name="number-keep"),
    path("numbers/<int:pk>/check/", orders.number_check, name="number-check"),
    path("numbers/<int:pk>/repair/", orders.number_repair, name="number-repair"),
    path("numbers/<int:pk>/test/", orders.number_test, name="number-test"),
]
