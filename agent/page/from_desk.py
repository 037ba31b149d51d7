"""What has come back from the desk, and the owner's reply to it."""

from datetime import datetime

from agent.consents.consent_file import ConsentFile, Purpose
from agent.page.frame import Frame
from agent.page.markup import Markup, tag
from wire.messages import Access, Decision, Erased, Message, Note, Reply, TrustedPerson
from wire.words import NOT_HEARD, describe_choice

_NAMING = Purpose.CONTACT_TRUSTED_PERSON


class FromDesk(Frame):
    """What people at the desk said and did."""

    def _came_back(self, at: datetime, message: Message, *, reply: bool = False) -> Markup:
        when = self._dated(at)
        match message:
            case Decision():
                said = [describe_choice(message.choice, message.reviewer, self._lang)]
                said.append(self._say("reason", reason=message.reason))
                if message.message:
                    said.append(self._say("writes", reviewer=message.reviewer,
                                          message=message.message))  # fmt: skip
                forms = self._answers(message.alert_id) if reply else []
                return tag("li", when, " ", " ".join(said), self._replies(message), *forms)
            case Access():
                looked = self._at(message.looked_at)
                text = self._say("looked", reviewer=message.reviewer, at=looked)
                return tag("li", when, " ", text)
            case Note():
                text = (
                    self._say("writes", reviewer=message.sender, message=message.text)
                    if message.sender
                    else self._say("note", message=message.text)
                )
                form = self._reply(message.alert_id) if reply and message.alert_id else None
                return tag("li", when, " ", text, self._offered(message.offers), form)
            case Erased():
                return tag("li", when, " ", self._say("erased"))
        return tag("li", when)

    def _offered(self, person: TrustedPerson | None) -> Markup | None:
        """Return the way to name a volunteer of whom the desk has told, or that it is done."""
        file = self._home.file
        if person is None or person != self._home.offered or not isinstance(file, ConsentFile):
            return None
        if file.trusted_person == person and file.switches[_NAMING].on:
            return tag("p", self._say("offer_taken", name=person.name))
        return tag(
            "p",
            tag(
                "a",
                self._say("offer_read", name=person.name),
                href=f"/choices/{_NAMING}?offered=yes",
                class_="button",
            ),
        )

    def _replies(self, decision: Decision) -> list[Markup]:
        return [
            tag("p", self._say("replied", text=copy.message.text))
            for copy in self._home.sent
            if isinstance(copy.message, Reply) and copy.message.alert_id == decision.alert_id
        ]

    def _answers(self, about: str) -> list[Markup]:
        """Return the two answers to a decision: in one's own words, or with one press."""
        said = NOT_HEARD[self._lang]
        button = tag("button", self._say("not_heard"))
        return [self._reply(about), self._form("/reply", button, about=about, text=said)]

    def _reply(self, about: str) -> Markup:
        return self._form(
            "/reply",
            self._text_area("text", self._say("reply"), about),
            tag("button", self._say("send")),
            # To object takes no words: whoever finds some is free to add them.
            tag(
                "button", self._say("objects"), name="objects", value="yes", formnovalidate=True
            ),
            about=about,
        )
