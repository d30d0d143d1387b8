"""What is worked out of a pack is worked out once for each version of it."""

from dashboard.knowledge.pack_memory import PackMemory
from tests.builders import tiny_pack


def test_pack_memory_makes_once_for_each_version_and_each_other_thing():
    """The same pack and the same other thing give what was made; anything else is made anew."""
    made: list[int] = []
    memory = PackMemory[int]()

    def make() -> int:
        made.append(0)
        return len(made)

    pack, other = tiny_pack(), tiny_pack("other")
    assert [memory.of(pack, make), memory.of(pack, make)] == [1, 1]
    assert [memory.of(pack, make, "early"), memory.of(pack, make, "early")] == [2, 2]
    assert memory.of(other, make) == 3
    assert memory.of(pack, make) == 1


def test_pack_memory_never_mixes_up_packs_without_a_fingerprint():
    """Two packs built by hand could differ in anything."""
    memory = PackMemory[str]()
    plain = [tiny_pack(name).model_copy(update={"fingerprint": ""}) for name in ("first", "second")]
    assert [memory.of(pack, lambda: pack.id) for pack in plain] == ["first", "second"]  # noqa: B023


def test_pack_memory_does_not_grow_without_end():
    """A site that edits its packs all day is not remembered version by version."""
    memory = PackMemory[int]()
    packs = [tiny_pack().model_copy(update={"fingerprint": str(n)}) for n in range(500)]
    for pack in packs:
        memory.of(pack, lambda: 1)
    assert len(memory) <= 32
