"""What each form of the page does: it edits the owner's file, or leaves the device word.

Nothing here writes the ledger or sends anything. Whoever is asked has shown the session's
token before.
"""

from collections.abc import Mapping
from datetime import datetime

from agent import memory
from agent.asking.answers import Answer
from agent.asking.errands import Kind
from agent.asking.welcome import BUDGETS, Welcome
from agent.commands import forget
from agent.consents import consent_editor
from agent.consents.consent_file import OWN_LINE_MAX, Purpose, pause_end
from agent.giving_back import beside, quiet
from agent.notices import shipped_notices
from agent.page import pairing
from agent.page.exchange import Response, see
from agent.page.frame import REPLY_MAX
from agent.page.looking import purpose_in
from agent.page.phrases import say
from agent.page.switches import ORDERS
from agent.page.today import WORDS_MAX
from agent.settings import AgentSettings
from wire.messages import Language
from wire.words import objection

Form = Mapping[str, str]


class Forms:
    """The forms of one household at ``now``."""

    def __init__(self, settings: AgentSettings, now: datetime) -> None:
        self._settings = settings
        self._now = now

    def carry_out(self, path: str, form: Form) -> Response | None:
        """Do what ``form`` asks for; ``None`` where there is no such form.

        Raises ``NotEdited`` for what the owner's file cannot take, ``StoreError`` where the
        device has never started.
        """
        simple = {
            "/answer": self._answered,
            "/call": self._call,
            "/reply": self._reply,
            "/felt": self._felt,
            "/welcome": self._welcome,
            "/fewer": self._fewer,
            "/desk-part": self._desk_part,
            "/pause": self._pause,
            "/quiet": self._quiet,
            "/me": self._me,
            "/language": self._use_language,
            "/forget": self._forget,
            "/begin": self._begin,
            "/unpair": self._unpair,
        }
        if (does := simple.get(path)) is not None:
            return does(form)
        if purpose := purpose_in(path, "/withdraw/"):
            beside.withdraw(self._settings, purpose, self._now)
            return see("/choices")
        if purpose := purpose_in(path, "/grant/"):
            return self._grant(purpose, form)
        return None

    def _answered(self, form: Form) -> Response:
        own = " ".join(form.get("own", "").split())[:WORDS_MAX]
        word = own or form.get("word", "")
        if own or word in set(Answer):
            with beside.store_of(self._settings) as store, store.transaction() as db:
                memory.ask(db, word, self._now)
            return see("/?said=answered")
        return see("/")

    def _call(self, _form: Form) -> Response:
        beside.leave(self._settings, Kind.HELP, self._now)
        return see("/?said=call_waits")

    def _reply(self, form: Form) -> Response:
        if form.get("objects"):
            said = objection(form.get("text", "").strip(), forget.language_of(self._settings))
            form = {**form, "text": said}
        self._words(Kind.REPLY, form)
        return see("/sent?said=thanks")

    def _felt(self, form: Form) -> Response:
        self._words(Kind.FELT, form)
        return see("/?said=thanks")

    def _welcome(self, form: Form) -> Response:
        word = Welcome.SKIPPED if form.get("leave") else form.get("word", "")
        about, text = form.get("about", ""), _line(form.get("text", ""), WORDS_MAX)
        if word not in set(Welcome) or not 0 < len(about) <= 64:
            return see("/")
        said = str(word) if word == Welcome.SKIPPED else f"{word} {text}".rstrip()
        beside.leave(self._settings, Kind.WELCOME, self._now, about=about, text=said)
        return see("/" if word == Welcome.SKIPPED else "/?said=thanks")

    def _fewer(self, form: Form) -> Response:
        fewer = next((one for one in BUDGETS if f"{one:g}" == form.get("to")), None)
        if fewer is not None and not form.get("leave"):
            asking = {"asking": {"false_alarms_per_year": fewer}}
            consent_editor.change(self._settings.consent_file, asking)
        beside.leave(self._settings, Kind.WELCOME, self._now)
        return see("/?said=thanks")

    def _desk_part(self, _form: Form) -> Response:
        beside.leave(self._settings, Kind.GIVE_BACK, self._now)
        return see("/mine?said=desk_asked")

    def _words(self, kind: Kind, form: Form) -> None:
        text = form.get("text", "").strip().replace("\r\n", "\n")[:REPLY_MAX]
        about = form.get("about", "")
        if text and len(about) <= 64:
            beside.leave(self._settings, kind, self._now, about=about, text=text)

    def _pause(self, form: Form) -> Response:
        try:
            day = pause_end(form.get("until", ""))
        except ValueError:
            return see("/choices")
        consent_editor.pause(self._settings.consent_file, day)
        return see("/choices")

    def _quiet(self, form: Form) -> Response:
        hours = {name: form[name] for name in ("quiet_from", "quiet_to") if name in form}
        consent_editor.change(self._settings.consent_file, {"asking": {**hours}})
        return see("/choices?said=thanks")

    def _me(self, form: Form) -> Response:
        names = ("call_me", "contact")
        me: dict[str, consent_editor.Value] = {
            name: _line(form[name]) for name in names if name in form
        }
        if "own_line" in form:
            me["own_line"] = _line(form["own_line"], OWN_LINE_MAX)
        if "day" in form and "month" in form:
            day, month = form["day"][:2], form["month"][:2]
            me["birthday"] = f"{day:0>2}-{month:0>2}" if day or month else ""
        consent_editor.change(self._settings.consent_file, {"me": me})
        return see("/choices?said=thanks")

    def _use_language(self, form: Form) -> Response:
        language = form.get("language", "")
        back = form.get("back", "/")
        if language in set(Language):
            consent_editor.change(self._settings.consent_file, {"me": {"language": language}})
        return see(back if back in ("/routine", "/sent", "/choices", "/mine") else "/")

    def _grant(self, purpose: Purpose, form: Form) -> Response:
        notice = next(
            (n for n in shipped_notices()[purpose] if n.id == form.get("notice")), None
        )
        if notice is None:
            return see(f"/choices/{purpose}")
        details = _details(purpose, form)
        yes: dict[str, consent_editor.Value] = {"on": True, "i_have_read": notice.id}
        own = details.pop(str(purpose), {})
        consent_editor.change(
            self._settings.consent_file, {**details, str(purpose): {**own, **yes}}
        )
        beside.renew_if_ended(self._settings, purpose, self._now)
        return see("/choices")

    def _unpair(self, _form: Form) -> Response:
        pairing.unpair(self._settings.state_dir)
        return see("/mine?said=unpaired")

    def _forget(self, form: Form) -> Response:
        word = say("forget_word", forget.language_of(self._settings))
        if form.get("word", "").strip().lower() != word:
            return see("/mine#forget")
        forget.begin(self._settings, Kind.FORGET, self._now)
        return see("/?said=forget_begun")

    def _begin(self, _form: Form) -> Response:
        quiet.end(self._settings.state_dir)
        return see("/?said=begins")


def _details(purpose: Purpose, form: Form) -> dict[str, dict[str, consent_editor.Value]]:
    """Return what the owner wrote beside the yes, by section of the file."""
    sections: dict[str, dict[str, consent_editor.Value]] = {"me": {}}
    for name in ("call_me", "contact"):
        if name in form:
            sections["me"][name] = _line(form[name])
    for name in ("to", "name", "relation", "channel"):
        if name in form:
            sections.setdefault(str(purpose), {})[name] = _line(form[name])
    if (order := ORDERS.get(form.get("order", ""))) is not None:
        sections["whom_to_call"] = {"order": [*order]}
    return sections


def _line(text: str, longest: int = 120) -> str:
    return " ".join(text.split())[:longest]
