from api_clients.network.snmp.bulk import BulkSize


def test_it_starts_moderately_and_doubles_while_answers_are_small():
    size = BulkSize(start=20, limit=200)
    for expected in (20, 40, 80, 160, 200, 200):
        assert size.current == expected
        size.grow(varbinds=size.current, answer_bytes=size.current * 10)


def test_it_never_asks_for_more_than_fits_the_receive_buffer():
    size = BulkSize(start=20, limit=200)
    size.grow(varbinds=20, answer_bytes=2000)  # a hundred bytes each
    assert size.current == 36


def test_a_size_that_was_too_big_is_never_asked_again():
    size = BulkSize(start=40, limit=200)
    assert size.shrink(for_good=True)
    for _ in range(50):
        size.grow(varbinds=20, answer_bytes=200)
    assert size.current == 20


def test_a_size_at_which_the_agent_was_silent_is_approached_again_step_by_step():
    size = BulkSize(start=40, limit=200)
    assert size.shrink(for_good=False)
    size.grow(varbinds=20, answer_bytes=200)
    assert size.current == 20
    for _ in range(15):
        size.grow(varbinds=20, answer_bytes=200)
    assert 30 <= size.current <= 40


def test_it_does_not_shrink_below_one():
    size = BulkSize(start=2, limit=200)
    assert size.shrink(for_good=False)
    assert size.current == 1
    assert not size.shrink(for_good=False)


def test_a_new_walk_starts_moderately_again_but_keeps_what_was_learnt():
    size = BulkSize(start=20, limit=200)
    size.grow(varbinds=20, answer_bytes=200)
    assert size.for_new_walk().current == 20
    size.for_new_walk().shrink(for_good=True)
    assert size.for_new_walk().current == 10


def test_walks_side_by_side_that_meet_the_same_limit_halve_once_each():
    session = BulkSize(start=32, limit=200)
    walks = [session.for_new_walk() for _ in range(8)]
    assert all(walk.shrink(for_good=True) for walk in walks)
    assert {walk.current for walk in walks} == {16}
