from leadtrack.lib.hashing import content_key, key_of


def test_the_same_parts_give_the_same_key() -> None:
    assert key_of(["a", "b"]) == key_of(("a", "b"))
    assert len(key_of([])) == 64


def test_parts_do_not_run_together() -> None:
    assert len({key_of(["ab", "c"]), key_of(["a", "bc"]), key_of(["abc"]), key_of(["abc", ""])}) == 4


def test_broken_text_still_has_a_key() -> None:
    assert key_of(["\ud800"]) != key_of(["?"])
    assert content_key(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
