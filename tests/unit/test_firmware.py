"""Manifests: written and read side by side, refused by name, true to their image."""

import pytest

from core.errors import InvalidField
from devices.firmware import MAX_IMAGE_BYTES, Manifest

IMAGE = b"firmware" * 100
GOOD = Manifest.of("1.2.3", IMAGE)


def test_args_carry_a_manifest() -> None:
    """What was written is read, whatever the digest's case."""
    assert Manifest.parse(GOOD.args()) == GOOD
    assert Manifest.parse(GOOD.args() | {"sha256": GOOD.sha256.upper()}) == GOOD


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"version": ""}, "version"),
        ({"version": "../../etc"}, "version"),
        ({"version": 3}, "version"),
        ({"sha256": "abc"}, "sha256"),
        ({"sha256": None}, "sha256"),
        ({"size_bytes": 0}, "size_bytes"),
        ({"size_bytes": True}, "size_bytes"),
        ({"size_bytes": "800"}, "size_bytes"),
        ({"size_bytes": MAX_IMAGE_BYTES + 1}, "size_bytes"),
    ],
)
def test_a_malformed_manifest_is_refused_by_name(wrong: dict[str, object], says: str) -> None:
    """The refusal names the field."""
    with pytest.raises(InvalidField, match=says):
        Manifest.parse(GOOD.args() | wrong)
    with pytest.raises(InvalidField):
        Manifest.parse({name: value for name, value in GOOD.args().items() if name not in wrong})


@pytest.mark.parametrize(
    ("image", "says"), [(IMAGE[:-1], "799 bytes"), (IMAGE[:-1] + b"X", "digest")]
)
def test_an_image_that_is_not_the_manifests_is_not_installed(image: bytes, says: str) -> None:
    """Neither a cut one nor another."""
    assert GOOD.fault(IMAGE) is None
    assert says in str(GOOD.fault(image))
