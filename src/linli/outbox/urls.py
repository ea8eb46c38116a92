from django.urls import path

from linli.outbox import pages, subscriptions

app_name = "outbox"
urlpatterns = [
    path("", pages.messages, name="messages"),
    path("bulk/", pages.bulk, name="bulk"),
    path("subscriptions/", subscriptions.subscriptions, name="subscriptions"),
    path("subscriptions/new/", subscriptions.subscribe, name="subscribe"),
    path("subscriptions/<int:pk>/", subscriptions.subscription, name="subscription"),
    path("subscriptions/<int:pk>/edit/", subscriptions.edit, name="edit"),
    path("subscriptions/<int:pk>/rotate/", subscriptions.rotate, name="rotate"),
    path("subscriptions/<int:pk>/remove/", subscriptions.remove, name="remove"),
    path("subscriptions/<int:pk>/pause/", subscriptions.pause, name="pause"),
    path("subscriptions/<int:pk>/test/", subscriptions.test, name="test"),
    path("<uuid:uid>/", pages.message, name="message"),
    path("<uuid:uid>/retry/", pages.retry, name="retry"),
    path("<uuid:uid>/give-up/", pages.give_up, name="give_up"),
]
