"""Bars are drawn from figures, in whole units that every language writes alike."""

from escalation.console.charts import ROW_HEIGHT, WIDTH, Amount, chart


def test_the_largest_amount_takes_the_whole_width_and_the_rest_its_share() -> None:
    drawn = chart(
        [
            Amount(label="March", words="1 of 2", whole=2, part=1),
            Amount(label="April", words="3 of 8", whole=8, part=3),
            Amount(label="May", words="0 of 0", whole=0),
        ]
    )
    assert drawn is not None
    assert [(bar.width, bar.filled) for bar in drawn.bars] == [
        (WIDTH // 4, round(WIDTH / 8)),
        (WIDTH, round(WIDTH * 3 / 8)),
        (0, 0),
    ]
    assert drawn.height == 3 * ROW_HEIGHT
    assert all(isinstance(bar.width, int) and bar.y < drawn.height for bar in drawn.bars)


def test_where_there_is_nothing_to_draw_there_is_no_drawing() -> None:
    assert chart([]) is None
    assert chart([Amount(label="March", words="0 of 0", whole=0)]) is None
