"""The page of what can be taken away, what is withheld, and how to be forgotten."""

from agent.giving_back.withheld import register
from agent.page.frame import Frame
from agent.page.markup import tag


class Everything(Frame):
    """The copy, the register of what is withheld, and being forgotten."""

    def mine(self, notice: str = "") -> str:
        """Return what can be taken away, what is withheld, and how to be forgotten."""
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
            tag("h2", self._say("withheld")),
            tag("dl", held),
            tag("h2", self._say("forget"), id="forget"),
            tag("p", self._say("forget_says")),
            self._form(
                "/forget",
                self._field("word", self._say("forget_label", word=word), "", required=True),
                tag("button", self._say("forget_do"), class_="call"),
            ),
            notice=notice,
        )  # fmt: skip
