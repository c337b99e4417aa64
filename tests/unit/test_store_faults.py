"""Which database errors are worth another try, and which are the row's own fault."""

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout

from core.errors import PermanentStoreError, TransientStoreError
from store import faults

TEMPORARY = {
    "08000": "connection_exception",
    "08006": "connection_failure",
    "25006": "read_only_sql_transaction",
    "28P01": "invalid_password",
    "3D000": "invalid_catalog_name",
    "40001": "serialization_failure",
    "40P01": "deadlock_detected",
    "42501": "insufficient_privilege",
    "42703": "undefined_column",
    "42P01": "undefined_table",
    "53100": "disk_full",
    "53200": "out_of_memory",
    "53300": "too_many_connections",
    "55P03": "lock_not_available",
    "57014": "query_canceled",
    "57P01": "admin_shutdown",
    "57P02": "crash_shutdown",
    "57P03": "cannot_connect_now",
    "58030": "io_error",
    "XX000": "internal_error",
}
PERMANENT = {
    "21000": "cardinality_violation",
    "22001": "string_data_right_truncation",
    "22003": "numeric_value_out_of_range",
    "22008": "datetime_field_overflow",
    "22021": "character_not_in_repertoire",
    "22P02": "invalid_text_representation",
    "22P03": "invalid_binary_representation",
    "22P05": "untranslatable_character",
    "23502": "not_null_violation",
    "23503": "foreign_key_violation",
    "23505": "unique_violation",
    "23514": "check_violation",
    "54000": "program_limit_exceeded",
}


@pytest.mark.parametrize("sqlstate", TEMPORARY)
def test_what_is_not_the_rows_fault_is_tried_again(sqlstate: str) -> None:
    """The set-up included: a missing table or right is mended while the data waits."""
    assert faults.is_temporary(errors.lookup(sqlstate)("said the server"))


@pytest.mark.parametrize("sqlstate", PERMANENT)
def test_a_row_that_can_never_be_stored_is_not_held(sqlstate: str) -> None:
    """Holding it would stop its neighbours for ever."""
    assert not faults.is_temporary(errors.lookup(sqlstate)("said the server"))


@pytest.mark.parametrize(
    ("exc", "temporary"),
    [
        (psycopg.OperationalError("server closed the connection"), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (PoolTimeout("no connection within 5 s"), True),
        (psycopg.DataError("text fields cannot contain NUL"), False),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), False),
        (OverflowError("too large for a bigint"), False),
    ],
)
def test_errors_without_a_code_are_sorted_by_kind(exc: Exception, *, temporary: bool) -> None:
    """Those of the network may pass, those of a value may not."""
    assert faults.is_temporary(exc) is temporary


def test_translated_says_what_was_being_done_and_what_to_do() -> None:
    """One line of the server's words, and the store's own error."""
    with (
        pytest.raises(TransientStoreError, match=r"^storing: gone; see `c5 status`"),
        faults.translated("storing"),
    ):
        raise errors.AdminShutdown("gone\nDETAIL: the plate was YAA123B")
    with (
        pytest.raises(PermanentStoreError, match=r"^storing: too long$"),
        faults.translated("storing"),
    ):
        raise errors.StringDataRightTruncation("too long")


def test_translated_leaves_other_errors_alone() -> None:
    """A bug is not a fault of the database."""
    with pytest.raises(KeyError), faults.translated("storing"):
        raise KeyError("bug")


def test_an_error_without_words_is_named() -> None:
    """Nothing is logged as an empty cause."""
    assert "DeadlockDetected" in str(faults.sorted_error(errors.DeadlockDetected(), "storing"))
