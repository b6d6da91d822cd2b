"""Pages of the library."""

from django.urls import path

from madang.library import account, closed_days, desk, imports, label_pages, oai, opac, sru, views

app_name = "library"
urlpatterns = [
    path("search/", opac.search, name="search"),
    path("titles/<int:bib_id>/", opac.title, name="title"),
    path("titles/<int:bib_id>/hold/", opac.place, name="place"),
    path("sru", sru.answer, name="sru"),
    path("oai", oai.answer, name="oai"),
    path("mine/", views.mine, name="mine"),
    path("mine/history/", views.choose, name="choose"),
    path("mine.ics", views.file, name="file"),
    path("loans/<int:loan_id>/renew/", views.renew, name="renew"),
    path("holds/<int:hold_id>/cancel/", views.cancel, name="cancel"),
    path("desk/", desk.desk, name="desk"),
    path("desk/returns/", desk.returns, name="returns"),
    path("desk/shelf/", desk.shelf, name="shelf"),
    path("desk/overdue/", desk.overdue, name="overdue"),
    path("desk/closed/", closed_days.closed_days, name="closed_days"),
    path("desk/closed/weekly/", closed_days.weekly, name="close_weekly"),
    path("desk/closed/days/", closed_days.close, name="close_days"),
    path("desk/closed/holidays/", closed_days.close_holidays, name="close_holidays"),
    path("desk/closed/<int:day_id>/reopen/", closed_days.reopen, name="reopen"),
    path("desk/labels/", label_pages.labels, name="labels"),
    path("desk/labels/copies/", label_pages.copies, name="copy_labels"),
    path("desk/labels/cards/", label_pages.cards, name="patron_cards"),
    path("imports/", imports.index, name="imports"),
    path("export/<slug:name>/", imports.export, name="export"),
    path("imports/<int:batch_id>/", imports.batch, name="import"),
    path("imports/<int:batch_id>/apply/", imports.apply, name="apply"),
    path("imports/<int:batch_id>/columns/", imports.columns, name="columns"),
    path("imports/<int:batch_id>/discard/", imports.discard, name="discard"),
    path("imports/<int:batch_id>/revert/", imports.revert, name="revert"),
    path("imports/<int:batch_id>/rejected/", imports.rejected, name="rejected"),
    path("desk/patrons/<int:patron_id>/", account.account, name="account"),
    path("desk/patrons/<int:patron_id>/charge/", account.charge, name="charge"),
    path("desk/patrons/<int:patron_id>/pay/", account.pay, name="pay"),
    path("desk/loans/<int:loan_id>/missing/", account.missing, name="missing"),
]
