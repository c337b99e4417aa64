"""Plates: a dump of the whole database holds none, and one can still be found again."""

import hashlib
import json
import secrets

import psycopg
import pytest
from psycopg import sql

from core.seal import PlateVault, WrongKey
from core.topics import Kind, Stream
from tests.servers.ingest import City, Payload
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.server
PLATE = "YAA-123-B"
OTHER = "XZ-98-765"


def dump(city: City) -> dict[str, bytes]:
    """Every value of every column of every table, as bytes, by column."""
    columns = city.sql(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
        "WHERE table_schema IN ('public', '_timescaledb_internal')"
    )
    found: dict[str, bytes] = {}
    with psycopg.connect(city.db_url, autocommit=True) as conn:
        for schema, table, column, kind in columns:
            cell: sql.Composable = sql.Identifier(column)
            if kind != "bytea":
                cell = sql.SQL("convert_to({}::text, 'UTF8')").format(cell)
            values = conn.execute(
                sql.SQL("SELECT {} FROM {} WHERE {} IS NOT NULL").format(
                    cell, sql.Identifier(schema, table), sql.Identifier(column)
                )
            )
            found[f"{table}.{column}"] = b"\n".join(value for (value,) in values)
    return found


def said_in_clear(city: City, *plates: str) -> list[str]:
    """Columns in which a plate can be read, however it is spelled."""
    spelled = {
        word.encode()
        for plate in plates
        for bare in (plate, plate.replace("-", ""))
        for word in (bare, bare.lower(), bare.encode().hex())
    }
    return [
        column for column, content in dump(city).items() if any(word in content for word in spelled)
    ]


def test_no_column_of_the_database_holds_a_plate(city: City) -> None:
    """Stored, refused or poisonous, with candidates and unknown fields; nor does the log."""
    city.sql("ALTER TABLE plate_read ADD CONSTRAINT no_region CHECK (region <> 'xx')")
    camera = city.enrol(Kind.CAMERA)
    city.start()
    read = {"plate": PLATE, "candidates": [[OTHER, 0.4]], "vehicle": "car", "direction": "in"}
    said: list[Payload] = [
        camera.head() | read | {"x_seen": PLATE, "x_list": [OTHER]},
        [camera.head() | {"plate": PLATE}, camera.head() | {"plate": OTHER}],
        camera.head() | read | {"score": "alto"},
        camera.head() | {"plate": [PLATE]},
        camera.head(ago_s=90 * 86_400) | read,
        camera.head(ago_s=-900) | read,
        camera.head() | read | {"region": "xx"},
        f'{{"plate":"{PLATE}"'.encode(),
    ]
    camera.say(Stream.PLATE, *said)
    city.holds("plate_read", 3)
    wait_until(lambda: len(city.rejects()) == 6)
    assert {kept.sealed for kept in city.rejects()} == {True}
    assert said_in_clear(city, PLATE, OTHER) == []
    logs = json.dumps([str(entry) for entry in city.logs])
    assert [word for word in (PLATE, OTHER, "YAA123B") if word in logs] == []


def test_a_revoked_cameras_plates_are_sealed_too(city: City) -> None:
    """Whoever is not let in may still have seen something."""
    camera = city.enrol(Kind.CAMERA)
    city.sql("UPDATE device SET state = 'revoked'")
    city.start()
    camera.say(Stream.PLATE, camera.head() | {"plate": PLATE})
    wait_until(city.rejects)
    assert said_in_clear(city, PLATE) == []


def test_a_refused_plate_is_not_given_away_by_its_digest(city: City) -> None:
    """A short payload could be found by hashing every plate there is; the digest is keyed."""
    camera = city.enrol(Kind.CAMERA)
    city.start()
    payload = json.dumps({"plate": PLATE}).encode()
    camera.say(Stream.PLATE, payload)
    camera.say(Stream.PLATE, payload)
    wait_until(lambda: [kept.times for kept in city.rejects()] == [2])
    topic = camera.topic(Stream.PLATE).encode()
    digest = bytes(city.one("SELECT digest FROM reject"))
    assert digest not in (
        hashlib.sha256(topic + b"\0" + payload).digest(),
        hashlib.sha256(payload).digest(),
    )


def test_announcements_say_how_many_passed_and_not_who(city: City) -> None:
    """Screens need no plates."""
    camera = city.enrol(Kind.CAMERA)
    city.start()
    with city.hearing() as heard:
        passage = {"plate": PLATE, "direction": "out", "x_odd": PLATE}
        camera.say(Stream.PLATE, [camera.head() | passage, camera.head() | passage])
        change = heard()
    assert (change["t"], change["n"], change["dir"]) == ("pl", 2, {"out": 2})
    assert "YAA" not in json.dumps(change).upper()


def test_a_plate_is_found_again_and_opened_by_its_key_alone(city: City) -> None:
    """By its hash, however the camera spelled it; what was seen is in the sealed box."""
    camera = city.enrol(Kind.CAMERA)
    city.start()
    for spelled in (PLATE, "yaa 123 b", OTHER):
        camera.say(Stream.PLATE, camera.head() | {"plate": spelled, "x_odd": 7})
    city.holds("plate_read", 3)
    vault = PlateVault(city.connections.plate_key)
    found = city.sql(
        "SELECT sealed, key_id FROM plate_read WHERE plate_hmac = %s ORDER BY seq",
        vault.hashed("YAA123B"),
    )
    assert {key_id for _, key_id in found} == {vault.key_id}
    boxes = [json.loads(vault.unseal(bytes(sealed))) for sealed, _ in found]
    assert [(box["plate"], box["extra"]) for box in boxes] == [
        (PLATE, {"x_odd": 7}),
        ("yaa 123 b", {"x_odd": 7}),
    ]
    with pytest.raises(WrongKey):
        PlateVault(secrets.token_hex(32)).unseal(bytes(found[0][0]))
