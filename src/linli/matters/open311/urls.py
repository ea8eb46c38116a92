from django.urls import path, register_converter

from linli.matters.open311 import intake, requests, services


class Form:
    """The endings of the specification's addresses."""

    regex = "xml|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Form, "open311")

app_name = "open311"
urlpatterns = [
    path("discovery.<open311:form>", services.discovery, name="discovery"),
    path("services.<open311:form>", services.services, name="services"),
    path("services/<str:code>.<open311:form>", services.definition, name="definition"),
    path("requests.<open311:form>", requests.requests, name="requests"),
    path("requests/<str:number>.<open311:form>", requests.request_of, name="request"),
    path("tokens/<str:code>.<open311:form>", intake.token, name="token"),
]
