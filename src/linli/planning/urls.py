from django.urls import path

from linli.planning.grids.pages import alternatives, communities, deciding, taking
from linli.planning.studies import pages as studies
from linli.planning.studies import taking as studies_taking

app_name = "planning"
urlpatterns = [
    path("grids/", communities.home, name="home"),
    path("grids/<str:code>/", communities.community, name="community"),
    path("grids/<str:code>/search/", communities.search, name="search"),
    path("grids/<str:code>/present/", communities.from_present, name="from_present"),
    path("grids/<str:code>/material/", communities.material, name="material"),
    path("divisions/<uuid:uid>/", alternatives.show, name="alternative"),
    path("divisions/<uuid:uid>/move/", alternatives.move, name="move"),
    path("divisions/<uuid:uid>/undo/", alternatives.undo, name="undo"),
    path("divisions/<uuid:uid>/again/", alternatives.again, name="again"),
    path("divisions/<uuid:uid>/drop/", alternatives.drop, name="drop"),
    path("divisions/<uuid:uid>/propose/", deciding.propose, name="propose"),
    path("divisions/<uuid:uid>/withdraw/", deciding.withdraw, name="withdraw"),
    path("divisions/<uuid:uid>/decide/", deciding.decide, name="decide"),
    path("divisions/<uuid:uid>/shapes/", taking.shapes, name="shapes"),
    path("divisions/<uuid:uid>/grids.geojson", taking.geojson, name="geojson"),
    path("divisions/<uuid:uid>/sheet/", taking.sheet, name="sheet"),
    path("divisions/<uuid:uid>/print/", taking.paper, name="print"),
    path("divisions/<uuid:uid>/paper.pdf", taking.pdf, name="pdf"),
    path("studies/", studies.home, name="studies"),
    path("studies/new/<str:kind>/", studies.new, name="study_new"),
    path("studies/example/<str:which>.geojson", studies_taking.example, name="study_example"),
    path("studies/<uuid:uid>/", studies.show, name="study"),
    path("studies/<uuid:uid>/again/", studies.again, name="study_again"),
    path("studies/<uuid:uid>/drop/", studies.drop, name="study_drop"),
    path("studies/<uuid:uid>/shapes/", studies_taking.shapes, name="study_shapes"),
    path("studies/<uuid:uid>/study.geojson", studies_taking.geojson, name="study_geojson"),
    path("studies/<uuid:uid>/sheet/", studies_taking.sheet, name="study_sheet"),
    path("studies/<uuid:uid>/print/", studies_taking.paper, name="study_print"),
    path("studies/<uuid:uid>/paper.pdf", studies_taking.pdf, name="study_pdf"),
]
