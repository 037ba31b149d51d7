"""The page of the owner's choices, and the text to read before a yes."""

from collections.abc import Iterator, Mapping

from agent.consent import Reason
from agent.consents.consent_file import (
    ME,
    OWN_LINE_MAX,
    THEM,
    UNTIL_RETURN,
    ConsentFile,
    Purpose,
)
from agent.notices import Notice
from agent.page.markup import Markup, tag
from agent.page.phrases.purposes import CHOICES, REASONS
from agent.page.quiet_time import QuietTime
from wire.messages import TrustedPerson
from wire.phrases import MONTHS
from wire.words import typeset

ORDERS = {"order_me": (ME,), "order_me_them": (ME, THEM), "order_them_me": (THEM, ME),
          "order_nobody": ()}  # fmt: skip


_PERSON = ("name", "relation", "channel")
"""How the file names a trusted person."""


class Switches(QuietTime):
    """Six switches, the name, the quiet hours, the pause."""

    def choices(self, notice: str = "") -> str:
        """Return the switches, each in plain words."""
        return self.page(
            "/choices",
            tag("p", self._say("choices_says")),
            [self._switch(purpose) for purpose in Purpose],
            self._me(),
            self._quiet_form(),
            self._pause_form(),
            notice=notice,
        )

    def _switch(self, purpose: Purpose) -> Markup:
        choice, answer = CHOICES[self._lang][purpose], self._home.answers[purpose]
        until = self._day(answer.record.valid_until) if answer.record else ""
        state = typeset(REASONS[self._lang][answer.reason], self._lang).format(until=until)
        file = self._home.file
        on = isinstance(file, ConsentFile) and file.switches[purpose].on
        off = self._form(
            f"/withdraw/{purpose}",
            tag("button", self._say("say_no"), aria_describedby=f"t-{purpose}"),
        )
        read = tag("a", self._say("read_first"), href=f"/choices/{purpose}", class_="button",
                   aria_describedby=f"t-{purpose}")  # fmt: skip
        settled = answer.granted or answer.reason in (Reason.NOT_RECORDED, Reason.PAUSED)
        lang = self._lang
        return tag(
            "section",
            tag("h2", typeset(choice.title, lang), id=f"t-{purpose}"),
            tag("p", tag("strong", state), class_="on" if settled else "off"),
            tag("p", self._say("brings"), " ", typeset(choice.brings, lang)),
            tag("p", self._say("costs"), " ", typeset(choice.costs, lang)),
            tag("div", off if on else None, None if on and settled else read, class_="row"),
            class_="choice",
            aria_labelledby=f"t-{purpose}",
        )

    def notice(
        self,
        purpose: Purpose,
        text: Notice,
        problem: str = "",
        *,
        offered: TrustedPerson | None = None,
    ) -> str:
        """Return the text of one purpose, and the way to say yes to it.

        ``offered`` is a volunteer whom the owner may name with this one form.
        """
        title, *paragraphs = text.text.strip().split("\n\n")
        return self.page(
            "/choices",
            tag("p", self._say("not_changed"), " ", problem, class_="warning", role="alert")
            if problem
            else None,
            tag("h2", title.removeprefix("# ")),
            [_paragraph(one) for one in paragraphs],
            self._form(
                f"/grant/{purpose}",
                self._offer(offered) if offered else None,
                list(self._details(purpose, offered)),
                tag(
                    "div",
                    tag("button", self._say("say_yes")),
                    tag("a", self._say("not_now"), href="/choices", class_="button quiet"),
                    class_="row",
                ),
                notice=text.id,
            ),
        )

    def _offer(self, offered: TrustedPerson) -> Markup:
        """Return what naming this volunteer means, and whose place they would take."""
        file = self._home.file
        named = file.trusted_person if isinstance(file, ConsentFile) else None
        said = [self._say("offer_says", name=offered.name)]
        if named is not None and named != offered:
            said.append(self._say("offer_replaces", name=named.name))
        return tag("p", " ".join(said), class_="note")

    def _details(self, purpose: Purpose, offered: TrustedPerson | None) -> Iterator[Markup]:
        file = self._home.file
        if not isinstance(file, ConsentFile):
            return
        yield self._field("call_me", self._say("name"), file.call_me, required=True)
        if purpose is Purpose.CONTACT_ME:
            yield self._field(
                "contact", self._say("contact"), file.contact or "", required=True
            )
        if purpose is Purpose.NUDGE_ME:
            yield self._field("to", self._say("to"), file.nudge_to or "", required=True)
        if purpose is Purpose.CONTACT_TRUSTED_PERSON:
            person = offered or TrustedPerson(
                **dict(zip(_PERSON, file.switches[purpose].details, strict=True))
            )
            for name in _PERSON:
                yield self._field(
                    name,
                    self._say(f"trusted_{name}"),
                    getattr(person, name),
                    required=name != "relation",
                    fixed=offered is not None,
                )
            options = [
                tag("option", self._say(key), value=key, selected=order == file.call_order)
                for key, order in ORDERS.items()
            ]
            yield tag(
                "p",
                tag("label", self._say("order"), for_="order"),
                tag("select", options, name="order", id="order"),
            )

    def _me(self) -> Markup | None:
        file = self._home.file
        if not isinstance(file, ConsentFile):
            return None
        return tag(
            "section",
            tag("h2", self._say("me")),
            self._form(
                "/me",
                self._field("call_me", self._say("name"), file.call_me),
                self._field("contact", self._say("contact"), file.contact or ""),
                tag("p", self._say("stays")),
                self._birthday(file.birthday or (0, 0)),
                self._field(
                    "own_line", self._say("own_line_label"), file.own_line, longest=OWN_LINE_MAX
                ),
                tag("button", self._say("save")),
            ),
        )

    def _birthday(self, birthday: tuple[int, int]) -> Markup:
        days = {0: self._say("none"), **{day: str(day) for day in range(1, 32)}}
        months = {0: self._say("none"), **dict(enumerate(MONTHS[self._lang], start=1))}
        return tag(
            "fieldset",
            tag("legend", self._say("birthday_title")),
            self._select("day", self._say("birthday_day"), days, birthday[0]),
            self._select("month", self._say("birthday_month"), months, birthday[1]),
            class_="row",
        )

    def _select(self, name: str, label: str, values: Mapping[int, str], chosen: int) -> Markup:
        options = [
            tag("option", text, value=f"{value:02}" if value else "", selected=value == chosen)
            for value, text in values.items()
        ]
        return tag(
            "p",
            tag("label", label, for_=f"f-{name}"),
            tag("select", options, name=name, id=f"f-{name}"),
        )

    def _pause_form(self) -> Markup | None:
        file = self._home.file
        if not isinstance(file, ConsentFile):
            return None
        last = file.paused_until
        until = last.isoformat() if last and last != UNTIL_RETURN else ""
        field = tag("input", type="date", name="until", id="until", value=until, required=True)
        return tag(
            "section",
            tag("h2", self._say("pause_title")),
            self._form(
                "/pause",
                tag("p", tag("label", self._say("pause_until"), for_="until"), field),
                tag("button", self._say("pause_start")),
            ),
            self._form("/pause", tag("button", self._say("end_pause")), until="")
            if last
            else self._form("/pause", tag("button", self._say("pause_return")), until="return"),
        )


def _paragraph(text: str) -> Markup:
    if not text.startswith("- "):
        return tag("p", " ".join(text.split()))
    items = [" ".join(one.split()) for one in text.removeprefix("- ").split("\n- ")]
    return tag("ul", [tag("li", item) for item in items])
