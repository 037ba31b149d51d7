"""The page of what can be taken away, the desk's part of it, and how to be forgotten."""

from agent.giving_back import desk_words
from agent.giving_back.desk_part import Standing
from agent.giving_back.withheld import register
from agent.page.at_home import AtHome
from agent.page.frame import Frame
from agent.page.markup import Markup, tag


class Everything(Frame):
    """The copy, the desk's part, the register of what is withheld, and being forgotten."""

    def mine(self, notice: str, at_home: AtHome) -> str:
        """Return what can be taken away, who may look, and how to be forgotten."""
        held = [
            (tag("dt", one.what),
             tag("dd", one.why, " ", self._say("object"), " ", one.object_how))
            for one in register(self._lang)
        ]  # fmt: skip
        word = self._say("forget_word")
        return self.page(
            "/mine",
            tag("p", self._say("mine_says")),
            tag(
                "ul",
                tag("li", tag("a", self._say("export"), href="/export.zip", download=True)),
                tag("li", tag("a", self._say("records"), href="/consent-records.json",
                              download=True)),
            ),
            self._desk_part(),
            tag("h2", self._say("withheld")),
            tag("dl", held),
            self._from_home(at_home),
            tag("h2", self._say("forget"), id="forget"),
            tag("p", self._say("forget_says")),
            self._form(
                "/forget",
                self._field("word", self._say("forget_label", word=word), "", required=True),
                tag("button", self._say("forget_do"), class_="call"),
            ),
            notice=notice,
        )  # fmt: skip

    def _from_home(self, at_home: AtHome) -> Markup:
        """Return how the page is reached from the home network, and who was let in."""
        since = at_home.paired_since
        says = (
            self._say("somebody_paired", at=self._at(since))
            if since
            else self._say("nobody_paired")
        )
        out = self._form("/unpair", tag("button", self._say("unpair"))) if since else None
        proof = (
            tag("p", self._say("from_home_print"), " ", tag("code", at_home.fingerprint))
            if at_home.fingerprint
            else None
        )
        return tag(
            "section",
            tag("h2", self._say("from_home"), id="from-home"),
            tag("p", self._say("from_home_says"), " ",
                self._say("from_home_at", address=at_home.address)),
            proof,
            tag("p", says),
            out,
            aria_labelledby="from-home",
        )  # fmt: skip

    def _desk_part(self) -> Markup:
        home, part = self._home, self._home.desk_part
        waits = home.desk_is_asked or part.standing is Standing.ASKED
        stands = (
            desk_words.wished(self._lang)
            if home.desk_is_asked
            else desk_words.stands(part, self._lang, contact=home.contact, said_at=self._at)
        )
        lines = [
            tag("li", self._dated(line.at), " ", desk_words.says(line, self._lang))
            for line in part.lines
        ]
        ask = self._form("/desk-part", tag("button", self._say("desk_ask")))
        return tag(
            "section",
            tag("h2", self._say("desk_part"), id="desk"),
            tag("p", stands),
            tag("details", tag("summary", self._say("desk_lines")), tag("ul", lines))
            if lines
            else None,
            None if waits or part.standing is Standing.NOTHING_SENT else ask,
            aria_labelledby="desk",
        )
