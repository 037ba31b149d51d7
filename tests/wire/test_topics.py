"""A topic names its device and nothing else is a topic of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import topics

device_ids = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(device=device_ids)
def test_the_sender_is_read_off_the_topics_that_a_device_may_send_on(device: str) -> None:
    assert topics.sender(topics.up(device)) == device
    assert topics.sender(topics.state(device)) == device
    assert topics.sender(topics.down(device)) is None


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "0123456789abcdef/up",
        "x/demitasse/1/0123456789abcdef/up",
        "demitasse/1/demitasse/1/0123456789abcdef/up",
        "demitasse/1/0123456789abcdef/up/up",
        "demitasse/1/0123456789abcdef/up/",
        "demitasse/1/0123456789ABCDEF/up",
        "demitasse/1/0123456789abcde/up",
        "demitasse/1/0123456789abcdef\n/up",
        "demitasse/1/+/up",
        "demitasse/1/#",
        "demitasse/2/0123456789abcdef/up",
        "$SYS/broker/uptime",
    ],
)
def test_a_foreign_topic_has_no_sender(topic: str) -> None:
    assert topics.sender(topic) is None


@given(topic=st.text())
def test_any_text_is_judged_without_an_exception(topic: str) -> None:
    device = topics.sender(topic)
    assert device is None or topic in (topics.up(device), topics.state(device))
