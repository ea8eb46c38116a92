from django.urls import path

from linli.flow import pages

app_name = "flow"
urlpatterns = [
    path("", pages.inbox_page, name="inbox"),
    path("waits/", pages.waits_page, name="waits"),
    path("sent/", pages.sent_page, name="sent"),
    path("ledger/", pages.ledger_page, name="ledger"),
    path("heads/", pages.heads_page, name="heads"),
    path("<str:number>/", pages.show, name="show"),
]
