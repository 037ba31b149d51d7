"""The console's addresses. A name, not a number, is what staff read; these are plumbing."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from escalation.authority.views import certificate
from escalation.console import (
    actions,
    around,
    connections,
    metrics,
    people,
    practising,
    shifts,
    views,
)
from escalation.console.forms import LoginForm

urlpatterns = [
    path("", views.waiting, name="waiting"),
    path("now", views.waiting_now, name="waiting_now"),
    path("next", actions.help_next, name="help_next"),
    path("cases/<int:number>/", views.case_page, name="case"),
    path("cases/<int:number>/news", views.case_news, name="case_news"),
    path("cases/<int:number>/journey", views.case_journey, name="case_journey"),
    path("cases/<int:number>/claim", actions.claim, name="claim"),
    path("cases/<int:number>/renew", actions.renew, name="renew"),
    path("cases/<int:number>/give-back", actions.give_back, name="give_back"),
    path("cases/<int:number>/decide", actions.decide, name="decide"),
    path("shift/pause", shifts.pause, name="pause"),
    path("shift/end", shifts.end, name="end_shift"),
    path("practice/", practising.practice, name="practice"),
    path("practice/<slug:slug>/", practising.household, name="practice_household"),
    path("people/", people.everybody, name="people"),
    path("people/<int:number>/", people.person, name="person"),
    path("people/<int:number>/sign-off", people.sign_off, name="sign_off"),
    path("people/<int:number>/end-skill", people.end_skill, name="end_skill"),
    path("people/<int:number>/hours", people.add_hours, name="add_hours"),
    path("people/<int:number>/hours/remove", people.remove_hours, name="remove_hours"),
    path("not-heard", connections.not_heard, name="not_heard"),
    path("kept-aside", connections.kept_aside, name="kept_aside"),
    path("kept-aside/<int:number>.hex", connections.kept_bytes, name="kept_bytes"),
    path(
        "login",
        LoginView.as_view(
            template_name="escalation/login.html",
            authentication_form=LoginForm,
            redirect_authenticated_user=True,
        ),
        name="login",
    ),
    path("logout", LogoutView.as_view(), name="logout"),
    path("language", around.choose_language, name="language"),
    path("enrol/certificate", certificate, name="enrol_certificate"),
    path("metrics", metrics.metrics, name="metrics"),
    path("healthz", around.healthz, name="healthz"),
    path(".well-known/security.txt", around.security_txt, name="security_txt"),
]
