from django.urls import path

from linli.matters.disputes import listing as dispute_list
from linli.matters.disputes import pages as dispute
from linli.matters.hotline import pages as hotline
from linli.matters.pages import attachments, desk, erasing, follow, listing, phone, public, report, typing, watch

app_name = "matters"
urlpatterns = [
    # residents
    path("report/", report.report, name="report"),
    path("report/kinds/", report.kinds, name="kinds"),
    path("report/propose/", typing.proposals, name="propose"),
    path("report/here/", report.here, name="here"),
    path("report/done/<str:code>/", report.raised, name="raised"),
    path("report/done/<str:code>/slip/", report.slip, name="slip"),
    path("follow/", follow.follow, name="follow"),
    path("f/<str:code>/", follow.follow_code, name="follow_code"),
    path("f/<str:code>/word/", follow.follow_word, name="follow_word"),
    path("f/<str:code>/rate/", follow.follow_rate, name="follow_rate"),
    path("f/<str:code>/withdraw/", follow.follow_withdraw, name="follow_withdraw"),
    path("f/<str:code>/reopen/", follow.follow_reopen, name="follow_reopen"),
    path("f/<str:code>/file/<uuid:uid>/", follow.follow_file, name="follow_file"),
    path("m/<str:number>/", public.matter, name="public"),
    path("m/<str:number>/file/<uuid:uid>/", attachments.public_attachment, name="public_attachment"),
    path("m/<str:number>/watch/", watch.watch, name="watch"),
    path("w/<str:code>/", watch.watching, name="watching"),
    path("w/<str:code>/stop/", watch.unwatch, name="unwatch"),
    path("area/<str:code>/", public.area, name="area"),
    # the desk
    path("matters/", listing.matters, name="list"),
    path("matters/new/", desk.new, name="new"),
    path("matters/disputes/", dispute_list.disputes, name="disputes"),
    path("matters/hotline/", hotline.orders, name="hotline"),
    path("matters/hotline/import/", hotline.bring, name="hotline_import"),
    path("matters/hotline/import/<uuid:uid>/", hotline.check, name="hotline_check"),
    path("matters/hotline/answers/", hotline.answers, name="hotline_answers"),
    path("matters/new/propose/", typing.desk_proposals, name="desk_propose"),
    path("matters/files/<uuid:uid>/", attachments.attachment, name="attachment"),
    path("matters/<str:number>/", desk.detail, name="detail"),
    path("matters/<str:number>/step/", desk.step, name="step"),
    path("matters/<str:number>/act/<slug:name>/", desk.act, name="act"),
    path("matters/<str:number>/contact/", desk.reveal, name="reveal"),
    path("matters/<str:number>/contact/erase/", erasing.erase, name="erase"),
    path("matters/<str:number>/dispute/parties/", dispute.reveal, name="dispute_reveal"),
    path("matters/<str:number>/dispute/party/<int:pk>/remove/", dispute.remove, name="dispute_remove"),
    path("matters/<str:number>/dispute/obligation/<int:pk>/", dispute.perform, name="dispute_perform"),
    path("matters/<str:number>/dispute/print/<slug:what>/", dispute.printed, name="dispute_print"),
    path("matters/<str:number>/dispute/handover/<int:seq>/", dispute.receipt, name="dispute_receipt"),
    path("matters/<str:number>/dispute/<slug:name>/", dispute.enter, name="dispute_enter"),
    path("matters/<str:number>/show/<uuid:uid>/", desk.show, name="show"),
    # the field
    path("phone/today/", phone.today, name="phone_today"),
    path("phone/report/", phone.report, name="phone_report"),
]
