"""The console's addresses. A name, not a number, is what staff read; these are plumbing."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from escalation import actions, around, views
from escalation.forms import LoginForm

urlpatterns = [
    path("", views.waiting, name="waiting"),
    path("now", views.waiting_now, name="waiting_now"),
    path("cases/<int:number>/", views.case_page, name="case"),
    path("cases/<int:number>/news", views.case_news, name="case_news"),
    path("cases/<int:number>/journey", views.case_journey, name="case_journey"),
    path("cases/<int:number>/claim", actions.claim, name="claim"),
    path("cases/<int:number>/give-back", actions.give_back, name="give_back"),
    path("cases/<int:number>/decide", actions.decide, name="decide"),
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
    path("healthz", around.healthz, name="healthz"),
    path(".well-known/security.txt", around.security_txt, name="security_txt"),
]
