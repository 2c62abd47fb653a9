"""Promise 9, the arithmetic: however calls overlap, no stretch of the span holds more."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from plans_to_deliver import NOON

from crmlib.delivery._rate import Call, Rate

_MOMENT = timedelta(milliseconds=1)


@given(data=st.data(), messages=st.integers(1, 12), span=st.integers(1, 3_000))
def test_no_stretch_of_the_span_holds_more(data: st.DataObject, messages: int, span: int) -> None:
    """Calls begin when they may, take as long as they like, and leave anywhere in between."""
    rate = Rate(messages, span * _MOMENT)
    asks = data.draw(
        st.lists(
            st.tuples(
                st.integers(0, 2 * span),  # after the last one
                st.integers(1, messages),  # how many
                st.integers(0, 3 * span),  # how long it takes
                st.floats(0, 1),  # when in its course they leave
            ),
            min_size=1,
            max_size=25,
        )
    )
    now = NOON
    calls: list[Call] = []
    left = []
    for pause, count, lasts, when in asks:
        now += pause * _MOMENT
        while True:
            known = [
                Call(
                    messages=call.messages,
                    began_at=call.began_at,
                    ended_at=call.ended_at if call.ended_at and call.ended_at <= now else None,
                )
                for call in calls
                if call.ended_at is None or now < call.ended_at + rate.span
            ]
            moment = rate.opens_at(known, count, now)
            if moment == now:
                break
            assert moment > now
            now = moment
        calls.append(Call(messages=count, began_at=now, ended_at=now + lasts * _MOMENT))
        left += [now + when * lasts * _MOMENT] * count

    assert all(
        sum(start <= other < start + rate.span for other in left) <= messages for start in left
    )


@given(rate=st.floats(1e-3, 1e5))
def test_a_rate_is_that_many_messages_in_that_span(rate: float) -> None:
    """Whole messages of about a second; of less than one in a second, one."""
    found = Rate.per_second(rate)

    assert found.messages == max(1, int(rate))
    assert abs(found.span - timedelta(seconds=found.messages / rate)) <= timedelta(microseconds=1)


def test_calls_keep_their_distance_from_each_other() -> None:
    """Nor do the messages of a second leave all at its beginning."""
    rate = Rate.per_second(20)
    call = Call(messages=2, began_at=NOON, ended_at=NOON)

    assert rate.opens_at([call], 2, NOON) == NOON + timedelta(seconds=0.1)
