"""Codes of a second factor against the tables of RFC 6238 and RFC 4226."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from control_center.auth import totp
from core.clock import EPOCH

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_table_of_rfc_6238(seconds: int, expected: str) -> None:
    """Six of its eight digits."""
    assert totp.code(SECRET, seconds // totp.STEP_S) == expected[-totp.DIGITS :]


@pytest.mark.parametrize(
    ("step", "expected"),
    list(
        enumerate(
            [
                *("755224", "287082", "359152", "969429", "338314"),
                *("254676", "287922", "162583", "399871", "520489"),
            ]
        )
    ),
)
def test_the_table_of_rfc_4226(step: int, expected: str) -> None:
    """Appendix D."""
    assert totp.code(SECRET, step) == expected


@pytest.mark.parametrize(
    ("drift_s", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_telephone_may_be_half_a_minute_off(drift_s: int, *, taken: bool) -> None:
    """Either way, and no further."""
    now = EPOCH + timedelta(seconds=1_700_000_010)
    said = totp.code(SECRET, (1_700_000_010 + drift_s) // totp.STEP_S)
    assert (totp.step_of(SECRET, said, now, after=0) is not None) is taken


def test_a_step_that_was_taken_is_never_taken_again() -> None:
    """Nor one before it."""
    now = EPOCH + timedelta(seconds=1_700_000_000)
    step = 1_700_000_000 // totp.STEP_S
    assert totp.step_of(SECRET, totp.code(SECRET, step), now, after=step - 1) == step
    assert totp.step_of(SECRET, totp.code(SECRET, step), now, after=step) is None
    assert totp.step_of(SECRET, totp.code(SECRET, step - 1), now, after=step) is None


@pytest.mark.parametrize("said", ["", "12345", "1234567", "²²²²²²", "ññññññ", "000000\0"])
def test_what_is_no_code_is_refused(said: str) -> None:
    """Whatever is typed."""
    now = EPOCH + timedelta(seconds=1_700_000_000)
    assert totp.step_of(SECRET, said, now, after=0) is None


def test_what_a_telephone_scans_holds_the_secret() -> None:
    """And who it is for."""
    parts = urlsplit(totp.uri(SECRET, username="ana.ruiz", issuer="C5 Coatzacoalcos"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/C5%20Coatzacoalcos:ana.ruiz"
    assert parse_qs(parts.query)["secret"] == [totp.spelled(SECRET)]
    assert len(totp.new_secret()) == 20
