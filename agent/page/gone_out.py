"""The page of what left the house, word for word, and of what was taken back."""

from collections.abc import Iterator

from agent.delivery.sent_copies import Sent
from agent.page.from_desk import FromDesk
from agent.page.household import TakenBack
from agent.page.markup import Markup, tag
from agent.page.phrases.purposes import CHOICES
from agent.page.phrases.sent import TYPES
from wire.schema import JSON, to_plain
from wire.words import typeset


class GoneOut(FromDesk):
    """Every message, word for word, and every withdrawal."""

    def sent(self, notice: str = "") -> str:
        """Return what left the house, what came back, and what was taken back."""
        home = self._home
        back = [self._came_back(at, message, reply=True) for at, message in home.came_back]
        taken = [self._taken_back(one) for one in home.taken_back]
        return self.page(
            "/sent",
            tag("p", self._say("sent_says")),
            [self._message(one) for one in home.sent]
            or (None if home.figures else tag("p", self._say("nothing_sent"))),
            tag("p", self._say("figures", n=home.figures)) if home.figures else None,
            tag("h2", self._say("came_back")),
            tag("ul", back) if back else tag("p", self._say("nothing_back")),
            (tag("h2", self._say("taken_back")), tag("ul", taken)) if taken else None,
            notice=notice,
        )

    def _message(self, one: Sent) -> Markup:
        kind = typeset(TYPES[self._lang].get(one.type, one.type), self._lang)
        outcome = (self._home.outcomes or {}).get(one.message_id, "")
        signed = (
            self._say("outcome", outcome=outcome) if outcome else self._say("outcome_waits")
        )
        rows = [
            tag("tr", tag("th", name, scope="row"), tag("td", value))
            for name, value in _flat(to_plain(one.message))
        ]
        return tag(
            "details",
            tag("summary", self._say("sent_at", type=kind, at=self._at(one.at))),
            tag("p", signed),
            tag("table", tag("tbody", rows)),
        )

    def _taken_back(self, one: TakenBack) -> Markup:
        purpose = CHOICES[self._lang][one.purpose].title
        key = "tb_told" if one.told else "tb_quiet"
        said = [self._say(key, purpose=purpose, at=self._at(one.at))]
        if one.told and one.confirmed_at is not None:
            said.append(self._say("tb_confirmed", at=self._at(one.confirmed_at)))
        elif one.told:
            said.append(self._say("tb_waits"))
        return tag("li", " ".join(said))


def _flat(plain: JSON, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from _flat(value, f"{prefix} {name}".strip())
    elif isinstance(plain, list):
        for number, value in enumerate(plain, start=1):
            yield from _flat(value, f"{prefix} {number}".strip())
    else:
        yield prefix.replace("_", " "), "–" if plain is None else str(plain)
