"""The pages: what there is to show in, markup out. They know no request and no file."""

from agent.page.everything import Everything
from agent.page.gone_out import GoneOut
from agent.page.noticed import Noticed
from agent.page.switches import Switches
from agent.page.today import Today


class Pages(Today, Noticed, GoneOut, Switches, Everything):
    """The pages of one request: one household, one session."""
