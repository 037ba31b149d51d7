"""The first page: something warm, the question, what is new, and a call."""

from datetime import datetime, time

from agent.asking.answers import Answer
from agent.consent import Reason
from agent.consents.consent_file import UNTIL_RETURN, ConsentFile, Purpose
from agent.disk import Disk
from agent.giving_back.home_phrases import ANSWERS
from agent.page import smile
from agent.page.afterwards import Afterwards
from agent.page.markup import Content, Markup, tag
from wire.words import question, typeset

WORDS_MAX = 200
"""Of an answer in the owner's own words."""


class Today(Afterwards):
    """What somebody who opens the page sees first."""

    def today(self, notice: str = "") -> str:
        """Return the first page: something warm, the question, what is new."""
        home = self._home
        if home.quiet:
            return self.page("/", tag("p", self._say("quiet")), self._begin(), notice=notice)
        if not home.awake:
            asleep = tag("p", self._say("asleep")) if home.disk is Disk.FINE else None
            return self.page("/", asleep, self._call(), notice=notice)
        return self.page(
            "/",
            tag("p", smile.greeting(home), class_="greeting"),
            self._own_line(),
            self._question(),
            self._afterwards(),
            tag("p", self._last_brew()),
            self._pause_note(),
            self._news(),
            self._call(),
            notice=notice,
        )

    def _begin(self) -> Markup:
        return self._form("/begin", tag("button", self._say("begin")))

    def _own_line(self) -> Markup | None:
        line = smile.own_line(self._home)
        return tag("p", self._say("own_line", line=line), class_="own-line") if line else None

    def _question(self) -> Markup:
        concern = self._home.question
        if concern is None:
            return tag("p", self._say("no_question"))
        spoken = ANSWERS[self._lang]
        options = [
            tag(
                "label",
                tag("input", type="radio", name="word", value=str(word)),
                " ",
                typeset(spoken[word][0].upper() + spoken[word][1:], self._lang),
            )
            for word in Answer
        ]
        own = tag("input", name="own", maxlength=WORDS_MAX, id="own", autocomplete="off")
        return tag(
            "section",
            tag("h2", self._say("question"), id="question"),
            tag("p", question(concern.change, self._lang)),
            self._form(
                "/answer",
                tag("fieldset", tag("legend", self._say("your_answer")), options),
                tag("p", tag("label", self._say("own_words"), for_="own"), own),
                tag("button", self._say("answer")),
            ),
            class_="question",
            aria_labelledby="question",
        )

    def _last_brew(self) -> str:
        home = self._home
        if home.answers[Purpose.LEARN_ROUTINE].reason is Reason.OFF:
            return self._say("not_learning")
        if home.last_brew is None:
            return self._say("no_brew")
        return self._say("last_brew", at=self._at(home.last_brew))

    def _pause_note(self) -> Markup | None:
        home = self._home
        if not home.paused or not isinstance(home.file, ConsentFile):
            return None
        last = home.file.paused_until
        if last is None or last == UNTIL_RETURN:
            day = self._say("return")
        else:
            day = self._day(datetime.combine(last, time(12), home.zone))
        until = self._say("paused", until=day)
        back = (
            tag("p", self._say("back", since=self._at(home.back_since)))
            if home.back_since
            else None
        )
        end = self._form("/pause", tag("button", self._say("end_pause")), until="")
        return tag("section", tag("p", until), back, end)

    def _news(self) -> Markup | None:
        newest = self._home.came_back[:3]
        if not newest:
            return None
        return tag(
            "section",
            tag("h2", self._say("came_back")),
            tag("ul", [self._came_back(at, message) for at, message in newest]),
        )

    def _call(self) -> Markup:
        if self._home.call_waits:
            inside: Content = tag("p", self._say("call_waits"))
        elif self._home.awake:
            button = tag("button", self._say("call_me"), class_="call")
            inside = self._form("/call", button)
        else:
            inside = None
        return tag(
            "section",
            tag("h2", self._say("call_title"), id="call"),
            tag("p", self._say("call_says")),
            inside,
            tag("p", self._say("no_desk")),
            aria_labelledby="call",
        )
