"""Lists and watches tell the same story, whichever comes first."""

from reconciler.shelf import Name, Seen, Shelf

OWNER: Name = ("here", "tool")


def seen(name: str, version: int, owner: Name | None = OWNER) -> Seen[str]:
    return Seen("here", name, f"uid-{name}", version, owner, f"{name} at {version}")


def names(shelf: Shelf[str]) -> list[str]:
    return sorted(one.name for one in shelf.owned(OWNER))


def test_only_what_is_newer_is_news() -> None:
    shelf = Shelf[str]()
    assert shelf.put(seen("a", 5)) == {OWNER}
    assert shelf.put(seen("a", 5)) == set()
    assert shelf.put(seen("a", 4)) == set()
    assert shelf.put(seen("a", 6)) == {OWNER}


def test_what_a_list_leaves_out_is_gone() -> None:
    shelf = Shelf[str]()
    shelf.put(seen("a", 1))
    shelf.put(seen("b", 2))
    assert shelf.replace(None, [seen("b", 2)], version=3) == {OWNER}
    assert names(shelf) == ["b"]


def test_a_list_takes_nothing_away_that_came_after_it() -> None:
    shelf = Shelf[str]()
    shelf.put(seen("new", 9))
    assert shelf.replace(None, [], version=8) == set()
    assert names(shelf) == ["new"]


def test_a_list_does_not_bring_back_what_was_deleted_after_it() -> None:
    shelf = Shelf[str]()
    shelf.put(seen("a", 5))
    assert shelf.drop(("here", "a"), version=9) == {OWNER}
    assert shelf.replace(None, [seen("a", 5)], version=8) == set()
    assert names(shelf) == []
    assert shelf.replace(None, [seen("a", 12)], version=12) == {OWNER}  # made anew


def test_a_list_of_one_namespace_leaves_the_others_alone() -> None:
    shelf = Shelf[str]()
    shelf.put(seen("a", 1))
    shelf.replace("there", [], version=5)
    assert names(shelf) == ["a"]


def test_both_owners_hear_of_an_object_that_changes_hands() -> None:
    shelf = Shelf[str]()
    other: Name = ("here", "other")
    shelf.put(seen("a", 1))
    assert shelf.put(seen("a", 2, other)) == {OWNER, other}
    assert [one.version for one in shelf.owned(other)] == [2]
    assert names(shelf) == []
