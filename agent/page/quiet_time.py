"""When not to disturb the owner: two times of day, for whoever never edits a file."""

from agent.consents.consent_file import ConsentFile
from agent.page.frame import Frame
from agent.page.markup import Markup, tag


class QuietTime(Frame):
    """The form of the quiet hours."""

    def _quiet_form(self) -> Markup | None:
        file = self._home.file
        if not isinstance(file, ConsentFile):
            return None
        return tag(
            "section",
            tag("h2", self._say("quiet_title")),
            tag("p", self._say("quiet_says")),
            self._form(
                "/quiet",
                self._time("quiet_from", f"{file.quiet.start:%H:%M}"),
                self._time("quiet_to", f"{file.quiet.end:%H:%M}"),
                tag("button", self._say("quiet_save")),
            ),
        )

    def _time(self, name: str, value: str) -> Markup:
        own = f"f-{name}"
        field = tag("input", type="time", name=name, id=own, value=value, required=True)
        return tag("p", tag("label", self._say(name), for_=own), field)
