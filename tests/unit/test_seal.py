"""The vault: equal plates are found again, and nothing is read without the key."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from core.errors import ConfigError
from core.messages import PlateRead
from core.seal import PlateVault, WrongKey, normalised

KEY = "k" * 32
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
READ = PlateRead(
    device_id="cam-1",
    seq=7,
    measured_at=NOW,
    received_at=NOW,
    plate="YAA-123-B",
    score=0.9,
    candidates=(("YAA-128-B", 0.4),),
    region="mx-ver",
    extra={"colour": "rojo"},
)


@pytest.mark.parametrize("spelled", ["YAA-123-B", "yaa 123 b", "yaa123b", " YAA.123.B\n"])
def test_a_plate_has_one_hash_however_it_is_spelled(spelled: str) -> None:
    """Capitals and digits identify it."""
    assert PlateVault(KEY).hashed(spelled) == PlateVault(KEY).hashed("YAA123B")


def test_other_plates_and_other_keys_hash_otherwise() -> None:
    """One letter is enough, and so is another key."""
    vault, other = PlateVault(KEY), PlateVault("o" * 32)
    hashes = {vault.hashed("YAA123B"), vault.hashed("YAA123C"), other.hashed("YAA123B")}
    assert len(hashes) == 3
    assert {len(one) for one in hashes} == {32}


def test_letters_of_any_script_count() -> None:
    """Normalising drops signs, not letters."""
    assert normalised("ñandú-7") == "ÑANDÚ7"


def test_what_was_sealed_is_unsealed_by_its_key_alone() -> None:
    """Another key is refused by name, with what to do."""
    sealed = PlateVault(KEY).seal(b"YAA-123-B")
    assert PlateVault(KEY).unseal(sealed) == b"YAA-123-B"
    with pytest.raises(WrongKey, match=r"ingest\.plate_key"):
        PlateVault("o" * 32).unseal(sealed)
    with pytest.raises(WrongKey):
        PlateVault(KEY).unseal(sealed[:-1] + b"!")


def test_a_sealed_read_says_nothing_in_clear() -> None:
    """Plate, candidates and unknown fields are inside the box; the rest stays beside it."""
    vault = PlateVault(KEY)
    sealed = vault.sealed_read(READ)
    assert sealed.sealed is not None
    in_clear = repr(sealed).replace("-", "")
    assert not [word for word in ("YAA123B", "YAA128B", "rojo") if word in in_clear]
    assert (sealed.score, sealed.region, sealed.key_id) == (0.9, "mx-ver", vault.key_id)
    assert sealed.extra is None
    box = json.loads(vault.unseal(sealed.sealed))
    assert (box["plate"], box["candidates"], box["extra"]) == (
        "YAA-123-B",
        [["YAA-128-B", 0.4]],
        {"colour": "rojo"},
    )


def test_a_plate_in_a_field_that_stays_clear_is_left_out() -> None:
    """Some cameras write it wherever there is room."""
    odd = msgspec.structs.replace(READ, vehicle="car yaa-123-b", region="YAA123B", direction="in")
    sealed = PlateVault(KEY).sealed_read(odd)
    assert (sealed.vehicle, sealed.region, sealed.direction) == (None, None, "in")


def test_sealing_twice_looks_different() -> None:
    """Equal boxes cannot be told to be equal."""
    vault = PlateVault(KEY)
    assert vault.seal(b"same") != vault.seal(b"same")


def test_a_fingerprint_needs_the_key() -> None:
    """Equal contents are equal; without the key no trying of all plates helps."""
    assert PlateVault(KEY).fingerprint(b"x") == PlateVault(KEY).fingerprint(b"x")
    assert PlateVault(KEY).fingerprint(b"x") != PlateVault("o" * 32).fingerprint(b"x")
    assert PlateVault(KEY).fingerprint(b"YAA123B") != PlateVault(KEY).hashed("YAA123B")


def test_a_key_is_named_without_being_told() -> None:
    """The name tells keys apart and holds no part of them."""
    names = {PlateVault(secret * 32).key_id for secret in "ko"}
    assert len(names) == 2
    assert all(KEY[:4] not in name for name in names)


def test_a_short_key_is_refused_with_a_remedy() -> None:
    """A guessable key would undo all of it."""
    with pytest.raises(ConfigError, match="openssl rand"):
        PlateVault("k" * 31)
