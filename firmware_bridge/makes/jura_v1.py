"""The driver of the Jura V1 protocol, which asks and never commands.

Source: public protocol notes and a recording of an F50. The protocol is that of the Impressa,
ENA, E6/E8 and Fxx; what its registers mean is per model. Only a profile's map gives them
meaning: without one, or when the machine names another type than the map was made for, raw
counters (``word_0`` to ``word_f``) are told and nothing else. On a port the type is asked for
first, and the map waits for the answer; a machine that does not answer three times is taken at
the word of whoever wrote the profile, and so is a recording. Quirks, and what is done:

* The line has no checksum: prefix, length and digits of a reply must be right.
* ``IC:`` says little about what goes on: on an F50, bits 0 to 2 and 6 move while it brews and
  rinses, so that a rinse can look like cleaning. Only bits that the map names are read.
* Some registers time out and answer late: a reply is understood by its prefix, whenever it
  comes, and half a line is forgotten before the next request.
* Brews are the sum of the drink counters, ``brews_total``. It is told at every reading, so that
  a brew lies between two of them, also when the bridge was away in between.

What can be sent is in ``jura_requests``. Its groups of four bytes go out one at a time, with
the pause that the machine needs.
"""

import re
from dataclasses import dataclass

from firmware_bridge.lines.listener import Listener
from firmware_bridge.lines.steady import SteadyFlags
from firmware_bridge.makes.jura_lines import JuraLines
from firmware_bridge.makes.jura_map import JuraMap, load_map
from firmware_bridge.makes.jura_requests import GROUP_EVERY_S, Request, request_groups
from firmware_bridge.profile import MachineProfile
from wire.readings import BREWS_TOTAL, ControllerStarted, Counter, Reading
from wire.stamps import Stamp

EVERY_S = {Request.TYPE: 30.0, Request.COUNTERS: 30.0, Request.INPUTS: 2.0}
"""The type is asked for until it is known, the others again and again."""
TYPE_FIRST = 3
"""So often it is asked for before anything else; after that, between the others."""
ANSWER_S = 1.0
"""A reply takes about 0.3 s; what takes longer is late, and the next request may go."""

ANY_LINE = re.compile(rb"[A-Za-z]{2}:[ -~]*")
TYPE = re.compile(rb"ty:([ -~]{1,40})")
COUNTERS = re.compile(rb"rt:([0-9A-Fa-f]{64})")
OTHER_REPLIES = (b"tl:", b"hz:", b"cs:", b"rr:", b"ok:")
"""Replies that exist, to requests that this driver does not make."""


def inputs_form(input_bytes: int | None) -> re.Pattern[bytes]:
    """Return the form of the reply to ``IC:``, whose length is per model."""
    length = b"1,16" if input_bytes is None else b"%d" % input_bytes
    return re.compile(rb"ic:((?:[0-9A-Fa-f]{2}){" + length + rb"})")


@dataclass(slots=True)
class _Asking:
    """What is being sent, and until when its answer is awaited."""

    groups: list[bytes]
    next_s: float


class JuraV1Driver(Listener):
    """Understands a Jura, as far as the profile has a map of its model."""

    def __init__(self, profile: MachineProfile) -> None:
        self._map: JuraMap = load_map(profile.driver_options())
        self._inputs = inputs_form(self._map.input_bytes)
        super().__init__(profile, JuraLines(self._has_its_form))
        self.tells = frozenset(self._map.inputs)
        self._flags = SteadyFlags(self._map.equal_reads)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._type: str | None = None
        self._type_asked = 0
        self._words: dict[str, int] = {}
        self._due_s: dict[Request, float] = {}
        self._asking: _Asking | None = None

    def understand(self, frame: bytes, at: Stamp) -> list[Reading]:
        """Return what one reply tells."""
        if told := TYPE.fullmatch(frame):
            return self._introduced(told[1].decode("ascii").strip(), at)
        if told := COUNTERS.fullmatch(frame):
            return self._counted(bytes.fromhex(told[1].decode("ascii")), at)
        if told := self._inputs.fullmatch(frame):
            return self._shown(bytes.fromhex(told[1].decode("ascii")), at)
        if self.is_from_machine(frame) and not frame.startswith(OTHER_REPLIES):
            self._reader.tally.skipped()
        return []

    def _has_its_form(self, line: bytes) -> bool:
        forms = {b"ty:": TYPE, b"rt:": COUNTERS, b"ic:": self._inputs}
        return forms.get(line[:3], ANY_LINE).fullmatch(line) is not None

    def is_from_machine(self, frame: bytes) -> bool:
        """Tell a reply, in lower case, from a request: a recording may have both sides, and
        on a line that is wired in a loop our own comes back."""
        return frame[:2].islower()

    def forget(self) -> None:
        """Forget the inputs. The counters are the machine's memory, not ours."""
        self._flags.forget()

    def poll(self, at: Stamp) -> bytes:
        """Return the next four bytes of a request, when they are due."""
        now_s = at.monotonic_s
        if self._asking is None:
            request = min(self._wanted(), key=lambda r: self._due_s.get(r, now_s))
            if self._due_s.get(request, now_s) > now_s:
                return b""
            self._reader.forget()
            self._type_asked += request is Request.TYPE
            self._due_s[request] = now_s + (0.0 if self._type_first else EVERY_S[request])
            self._asking = _Asking(request_groups(request), now_s)
        if now_s < self._asking.next_s:
            return b""
        if not self._asking.groups:
            self._asking = None  # no answer in time
            return self.poll(at)
        group = self._asking.groups.pop(0)
        self._asking.next_s = now_s + (GROUP_EVERY_S if self._asking.groups else ANSWER_S)
        return group

    def receive(self, data: bytes, at: Stamp) -> list[Reading]:
        """Take what has arrived by ``at``; a whole line is the answer that was awaited."""
        before = self.counts.frames_ok
        readings = super().receive(data, at)
        if self.counts.frames_ok > before and self._asking and not self._asking.groups:
            self._asking = None
        return readings

    def unplugged(self, at: Stamp) -> list[Reading]:
        """Forget the machine: another may be plugged in next."""
        self._begin_anew()
        return super().unplugged(at)

    def next_due_s(self, at: Stamp) -> float | None:
        """Return when the next bytes are to be sent, or silence alone loses the link."""
        now_s = at.monotonic_s
        if self._asking is None:
            next_s = min(self._due_s.get(request, now_s) for request in self._wanted())
        else:
            next_s = self._asking.next_s
        lost_s = self._link.next_due_s(at)
        send_s = max(0.0, next_s - now_s)
        return send_s if lost_s is None else min(send_s, lost_s)

    def _wanted(self) -> list[Request]:
        if self._type_first:
            return [Request.TYPE]
        wanted = [Request.COUNTERS]
        if self._type is None:
            wanted.insert(0, Request.TYPE)
        if self._map.inputs:
            wanted.append(Request.INPUTS)
        return wanted

    def _introduced(self, name: str, at: Stamp) -> list[Reading]:
        if name == self._type:
            return []
        self._type = name
        self._words = {}
        self._flags.forget()
        return [
            ControllerStarted(
                at=at,
                protocol="jura-v1",
                firmware=name,
                serial="",
                boot_count=0,
                reset_cause="unknown",
            )
        ]

    @property
    def _type_first(self) -> bool:
        return self._type is None and self._type_asked < TYPE_FIRST

    @property
    def _mapped(self) -> bool:
        if self._type is None:
            asking = self._type_asked > 0 and self._type_first
            return self._map.type == "" or not asking
        return self._type.startswith(self._map.type)

    def _counted(self, registers: bytes, at: Stamp) -> list[Reading]:
        words = [int.from_bytes(registers[k : k + 2], "big") for k in range(0, 32, 2)]
        names = self._map.counters if self._mapped else {}
        named = {names.get(k, f"word_{k:x}"): word for k, word in enumerate(words)}
        changed = {name: word for name, word in named.items() if self._words.get(name) != word}
        self._words = named
        readings: list[Reading] = [
            Counter(at=at, name=name, value=word) for name, word in changed.items()
        ]
        if self._mapped and self._map.brews:
            total = sum(words[k] for k in self._map.brews)
            readings.append(Counter(at=at, name=BREWS_TOTAL, value=total))
        return readings

    def _shown(self, inputs: bytes, at: Stamp) -> list[Reading]:
        if not self._mapped:
            return []
        flags = {flag: where.on(inputs) for flag, where in self._map.inputs.items()}
        return list(self._flags.see(flags, at))
