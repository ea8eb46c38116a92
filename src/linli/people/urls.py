from django.urls import path

from linli.people.pages import areas, duplicates, finding, households, importing, own, persons, takeouts

app_name = "people"
urlpatterns = [
    path("", finding.home, name="home"),
    path("found/", finding.found, name="found"),
    path("import/", importing.imports, name="imports"),
    path("import/<uuid:uid>/", importing.sheet, name="import"),
    path("import/<uuid:uid>/sheet/", importing.import_sheet, name="import_sheet"),
    path("duplicates/", duplicates.duplicates, name="duplicates"),
    path("duplicates/<int:pk>/", duplicates.pair, name="pair"),
    path("book/", areas.book, name="book"),
    path("book/<int:pk>/print/", areas.printed, name="print"),
    path("places/<int:pk>/", areas.place, name="place"),
    path("places/<int:pk>/unit/", areas.unit_new, name="unit_new"),
    path("units/<int:pk>/end/", areas.unit_end, name="unit_end"),
    path("dwellings/<int:pk>/", households.dwelling, name="dwelling"),
    path("dwellings/<int:pk>/new/", households.household_new, name="household_new"),
    path("households/<int:pk>/", households.household, name="household"),
    path("households/<int:pk>/add/", households.add, name="add"),
    path("households/<int:pk>/birth/", households.birth, name="birth"),
    path("households/<int:pk>/move/", households.move, name="move"),
    path("households/<int:pk>/death/", households.death, name="death"),
    path("changes/<int:pk>/undo/", persons.undo, name="undo"),
    path("groups/<int:pk>/end/", persons.group_end, name="group_end"),
    path("takeouts/", takeouts.home, name="takeouts"),
    path("takeouts/<int:pk>/", takeouts.decide, name="takeout"),
    path("takeouts/<int:pk>/withdraw/", takeouts.withdraw, name="takeout_withdraw"),
    path("takeouts/<int:pk>/sheet/", takeouts.fetch, name="takeout_sheet"),
    path("<int:pk>/", persons.person, name="person"),
    path("<int:pk>/numbers/", persons.unmask, name="unmask"),
    path("<int:pk>/handout/", own.hand_out, name="hand_out"),
    path("<int:pk>/correct/", persons.correct, name="correct"),
    path("<int:pk>/residence/", persons.residence, name="residence"),
    path("<int:pk>/custodian/", persons.custodian, name="custodian"),
    path("<int:pk>/groups/", persons.group_join, name="group_join"),
]
