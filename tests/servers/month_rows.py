"""The rows of tests.servers.month that SQL draws.

Chance is the hash of what a row is about, so that the same month is the same rows.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from store.pool import Connection

DRIVEN: Final = (
    "device_id, measured_at, lat_deg, lon_deg, speed_mps, heading_deg, odometer_m, battery_v, "
    "ignition, pto"
)
_CHANCE: Final = """
CREATE FUNCTION pg_temp.chance(what text) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN (hashtextextended(what, 7) & 1048575) / 1048576.0"""
_LUCK: Final = """(hashint8extended({what}, 7) & 1048575) / 1048576.0"""
"""The same of a number, for millions of rows."""
_DRIVE: Final = f"""
WITH laid AS (
    SELECT d.device_id, d.measured_at - back * INTERVAL '1 day' AS measured_at, d.lat_deg,
           d.lon_deg, d.speed_mps, d.heading_deg, d.odometer_m - back * 90000 AS odometer_m,
           d.battery_v, d.ignition, d.pto
      FROM driven d, generate_series(-1, %(days)s - 1) AS back
     WHERE pg_temp.chance(d.device_id || back) > 0.04
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY device_id ORDER BY measured_at) AS seq,
           {_LUCK.format(what="extract(epoch FROM measured_at)::bigint # hashtext(device_id)")}
               AS luck
      FROM laid WHERE measured_at < %(until)s
)
INSERT INTO gps_fix ({DRIVEN}, seq, received_at, stored_at, flags)
SELECT {DRIVEN}, seq, measured_at + late, measured_at + late + (0.03 + luck / 5) * INTERVAL '1 s',
       CASE WHEN luck > 0.997 THEN 2 WHEN luck > 0.98 THEN 4 ELSE 0 END
  FROM (SELECT *, CASE WHEN luck BETWEEN 0.98 AND 0.997 THEN INTERVAL '20 min'
                       ELSE (0.4 + 3 * luck) * INTERVAL '1 s' END AS late FROM numbered) sent
 WHERE luck > 0.006 AND measured_at + late < %(until)s"""  # noqa: S608  constants
_MEASURE: Final = f"""
INSERT INTO reading (device_id, measured_at, seq, metric, received_at, stored_at, value,
                     flags)
SELECT device_id, measured_at, seq, metric, measured_at + (0.5 + luck) * INTERVAL '1 s',
       measured_at + (0.6 + luck * 1.2) * INTERVAL '1 s', value,
       CASE WHEN luck > 0.998 - length(metric) / 1e4 THEN 64 ELSE 0 END
  FROM (SELECT *, {_LUCK.format(what="seq # hashtext(device_id)")} AS luck FROM measured) said
 WHERE luck > 0.004"""  # noqa: S608  constants
_COUNT: Final = """
INSERT INTO reading (device_id, measured_at, seq, metric, received_at, stored_at, value)
SELECT d.device_id, at, extract(epoch FROM at)::bigint / 300, m.metric, at + INTERVAL '2 s',
       at + INTERVAL '2.1 s',
       round((m.base * (0.4 + 0.6 * sin(pi() * (extract(hour FROM at - INTERVAL '12 h')) / 24))
              + m.noise * pg_temp.chance(d.device_id || m.metric || at))::numeric, 2)
  FROM device d
  JOIN (VALUES ('counter', 'in_count', 40, 9), ('counter', 'out_count', 38, 9),
               ('counter', 'people_count', 60, 15), ('counter', 'vehicle_count', 90, 20),
               ('power', 'battery_v', 1, 12), ('power', 'solar_w', 300, 80),
               ('power', 'load_w', 10, 40), ('power', 'link_rtt_ms', 20, 60),
               ('power', 'link_loss_pct', 0, 2), ('panic', 'battery_pct', 20, 75),
               ('panic', 'rssi_dbm', 0, -90))
       AS m (kind, metric, base, noise) ON m.kind = d.kind,
       generate_series(%(since)s, %(until)s - INTERVAL '1 min', INTERVAL '5 min') AS at"""
_STATUS: Final = """
INSERT INTO status (device_id, measured_at, seq, received_at, stored_at, online, session,
                    firmware, battery_v, battery_pct, rssi_dbm, outbox)
SELECT device_id, at, extract(epoch FROM at)::bigint / 900, at + INTERVAL '1 s',
       at + (1.03 + 0.2 * late + CASE WHEN late > 0.97 THEN 2 ELSE 0 END) * INTERVAL '1 s',
       luck > 0.015, 1, '1.4.' || length(device_id) %% 3,
       12.1 + late, round(60 + 39 * luck), -110 + 50 * luck,
       CASE WHEN luck > 0.97 THEN (luck * 400)::bigint ELSE 0 END
  FROM (SELECT d.device_id, at, pg_temp.chance(d.device_id || 's' || at) AS luck,
               pg_temp.chance(d.device_id || 'l' || at) AS late
          FROM device d,
               generate_series(%(until)s - INTERVAL '1 min', %(since)s, INTERVAL '-15 min') AS at
       ) said"""
_STREETS: Final = """
CREATE TEMP TABLE street AS
SELECT row_number() OVER (ORDER BY device_id, measured_at) - 1 AS nth, lat_deg, lon_deg
  FROM driven WHERE speed_mps > 1"""
"""Places where trucks drove: what happens in a city happens along its streets."""
_ANYWHERE: Final = """
LATERAL (SELECT lat_deg, lon_deg FROM street
          WHERE nth = floor(pg_temp.chance({what}) * (SELECT count(*) FROM street))) s"""
_EVENTS: Final = f"""
INSERT INTO event (device_id, measured_at, seq, received_at, stored_at, type, severity, lat_deg,
                   lon_deg, value, text)
SELECT d.device_id, at + luck / k.share * INTERVAL '50 min', k.seq, at + INTERVAL '51 min',
       at + INTERVAL '51 min', k.type, k.severity, s.lat_deg, s.lon_deg,
       k.value * (0.7 + 0.8 * luck / k.share), 'de la prueba'
  FROM device d
  JOIN (VALUES ('truck', -1, 'off_route', 'warning', 90, 0.04),
               ('truck', -3, 'unplanned_stop', 'warning', 420, 0.06),
               ('truck', -5, 'overspeed', 'warning', 68, 0.03),
               ('truck', -8, 'landfill_exit', 'info', 900, 0.08),
               ('air', -11, 'data_quality', 'warning', NULL, 0.004),
               ('panic', 5, 'panic', 'critical', NULL, 0.006),
               ('camera', 6, 'stream_down', 'warning', NULL, 0.003))
       AS k (kind, seq, type, severity, value, share) ON k.kind = d.kind,
       generate_series(%(since)s, %(until)s - INTERVAL '1 h', INTERVAL '1 h') AS at,
       LATERAL (SELECT pg_temp.chance(d.device_id || k.type || at) AS luck) drawn,
       {_ANYWHERE.format(what="k.type || d.device_id || at")}
 WHERE luck < k.share AND (d.kind <> 'truck' OR extract(hour FROM at) BETWEEN 12 AND 22)"""  # noqa: S608  constants
_PASSAGES: Final = """
INSERT INTO passage_count (device_id, hour, direction, class, state, n)
SELECT d.device_id, date_trunc('hour', at), w.direction, c.class, c.state,
       1 + (c.n * (0.15 + 0.85 * sin(pi() * extract(hour FROM at - INTERVAL '11 h') / 24) ^ 2)
              * (0.6 + 0.8 * pg_temp.chance(d.device_id || w.direction || c.class || at)))::int
  FROM device d, (VALUES ('in'), ('out')) AS w (direction),
       (VALUES ('car', 'Veracruz', 120), ('truck', 'Veracruz', 45), ('car', 'Tabasco', 16),
               ('taxi', 'Veracruz', 30), ('', '', 9), ('car', 'Oaxaca', 2))
       AS c (class, state, n),
       generate_series(%(since)s, %(until)s - INTERVAL '1 h', INTERVAL '1 h') AS at
 WHERE d.kind = 'camera'"""
_PASSED: Final = """
INSERT INTO passage_hourly (device_id, hour, direction, n)
SELECT device_id, hour, direction, sum(n) FROM passage_count GROUP BY 1, 2, 3"""
_READS: Final = """
INSERT INTO plate_read (device_id, measured_at, seq, received_at, stored_at, plate_hmac, key_id,
                        score, direction, vehicle, sealed)
SELECT d.device_id, at, extract(epoch FROM at)::bigint / 60, at + INTERVAL '1 s',
       at + INTERVAL '1.1 s', sha256((d.device_id || at)::bytea), 'prueba', 0.93, 'in', 'auto',
       '\\x00'
  FROM device d, generate_series(%(until)s - INTERVAL '2 days', %(until)s - INTERVAL '1 min',
                                 INTERVAL '1 min') AS at
 WHERE d.kind = 'camera'"""
_HOT: Final = """
WITH list AS (
    INSERT INTO hot_list (name, reason, issuer, priority, legal_basis, created_by, created_at)
    VALUES ('Robados', 'Vehículos robados', 'Fiscalía', 'critical', 'Oficio 1', 'ana', %(since)s)
    RETURNING list_id
), entry AS (
    INSERT INTO hot_entry (list_id, key_id, plate_hmac, sealed, proposed_by, proposed_at)
    SELECT list_id, 'prueba', sha256('XYZ123A'), '\\x00', 'ana', %(since)s FROM list
    RETURNING entry_id
)
INSERT INTO plate_hit (entry_id, device_id, measured_at, seq, made_at, exact, differs, key_id,
                       sealed)
SELECT entry_id, d.device_id, at, 1, at, luck > 0.02,
       CASE WHEN luck > 0.02 THEN '{}'::smallint[] ELSE '{3}'::smallint[] END, 'prueba', '\\x00'
  FROM entry, device d,
       generate_series(%(since)s, %(until)s - INTERVAL '1 h', INTERVAL '1 h') AS at,
       LATERAL (SELECT pg_temp.chance(d.device_id || 'h' || at) AS luck) drawn
 WHERE d.kind = 'camera' AND luck < 0.04"""
_ROUTES: Final = """
WITH trucks AS (
    SELECT device_id, 'R-' || right(device_id, 3) AS route_id, name FROM device WHERE kind = 'truck'
), made AS (
    INSERT INTO route (route_id, name)
    SELECT route_id, 'Ruta ' || right(route_id, 3) FROM trucks RETURNING route_id
), versions AS (
    INSERT INTO route_version (route_id, version, valid_from, document, sha256, blocks, length_m,
                               imported_by)
    SELECT route_id, 1, %(since)s::date, '{}', repeat('0', 64), 60, 14000, 'c5' FROM made
    RETURNING route_id
)
INSERT INTO route_assignment (route_id, device_id, valid_from)
SELECT route_id, device_id, %(since)s::date FROM trucks JOIN versions USING (route_id)"""
_RUNS: Final = """
INSERT INTO run (route_id, service_date, device_id, version, window_from, window_to, state,
                 revision, fix_rows, computed_at, coverage, serviced, too_fast, missed, unknown,
                 serviced_m, too_fast_m, missed_m, unknown_m, begin_late_s, end_late_s,
                 off_route_s, service_m, deadhead_m)
SELECT a.route_id, day::date, a.device_id, 1, day + INTERVAL '12 h', day + INTERVAL '20 h',
       CASE WHEN day + INTERVAL '21 h' < %(until)s THEN 'closed' ELSE 'open' END, 1, 800,
       least(%(until)s, day + INTERVAL '21 h'), served / 60.0, served, 2,
       greatest(0, 58 - served - 1), 1, served * 230, 460, greatest(0, 57 - served) * 230, 230,
       600 * luck, 900 * luck, 240 * luck, 13000, 9000 + 4000 * luck
  FROM route_assignment a,
       generate_series(date_trunc('day', %(since)s::timestamptz), %(until)s, INTERVAL '1 day')
           AS day,
       LATERAL (SELECT pg_temp.chance(a.device_id || day) AS luck) drawn,
       LATERAL (SELECT (58 - 24 * luck ^ 4)::int AS served) made
 WHERE day + INTERVAL '12 h' < %(until)s"""
_REVIEWS: Final = """
INSERT INTO run_review (run_id, revision, segment_id, verdict, reason, reviewed_by, reviewed_at,
                        previous_sha256, sha256)
SELECT run_id, 1, 'B001', CASE WHEN luck < 0.03 THEN 'disputed' ELSE 'confirmed' END,
       (ARRAY['sin_acceso', 'calle_cerrada', 'camion_lleno', 'averia'])[1 + (luck * 40)::int],
       'sup', window_to + INTERVAL '14 h', repeat('0', 64),
       encode(sha256(run_id::text::bytea), 'hex')
  FROM (SELECT *, pg_temp.chance('v' || run_id) AS luck FROM run) r
 WHERE luck < 0.075 AND window_to + INTERVAL '14 h' < %(until)s"""
_REJECTS: Final = """
INSERT INTO reject (digest, first_at, last_at, times, topic, device_id, reason, detail, payload,
                    size_bytes)
SELECT sha256((at || k.reason)::bytea), at, at, 1 + (luck * 40)::int, 'c5/v1/truck/T-001/gps',
       'T-001', k.reason, 'XYZ-123-A', '\\x7b', 90 + (luck * 900)::int
  FROM (VALUES ('broken_json', 0.30), ('invalid_field', 0.2), ('clock_ahead', 0.1),
               ('unknown_device', 0.25)) AS k (reason, share),
       generate_series(%(since)s, %(until)s - INTERVAL '1 h', INTERVAL '2 h') AS at,
       LATERAL (SELECT pg_temp.chance(k.reason || at) AS luck) drawn
 WHERE luck < k.share"""
_ANOMALIES: Final = """
INSERT INTO anomaly (device_id, metric, started_at, ended_at, score, why, value, usual, is_true)
SELECT d.device_id, m.metric, at, at + (1 + 5 * luck) * INTERVAL '1 h', 0.7 + luck * 4,
       (ARRAY['level', 'spike', 'flatline', 'season'])[1 + (luck * 39)::int], 60, 30,
       CASE WHEN luck < 0.02 THEN true WHEN luck < 0.03 THEN false END
  FROM device d JOIN (VALUES ('air', 'pm25_ugm3'), ('noise', 'laeq_db')) AS m (kind, metric)
       USING (kind),
       generate_series(%(since)s, %(until)s - INTERVAL '7 h', INTERVAL '9 h') AS at,
       LATERAL (SELECT pg_temp.chance(d.device_id || 'a' || at) AS luck) drawn
 WHERE luck < 0.07"""
_RULE: Final = """
INSERT INTO rule (rule_id, version, document, saved_by) VALUES ('prueba', 1, '{}', 'c5')"""
_INCIDENTS: Final = f"""
INSERT INTO incident (kind, severity, state, cause, title_es, title_en, lat_deg, lon_deg,
                      opened_at, opened_by, last_at, acknowledged_at, dispatched_at, on_scene_at,
                      resolved_at, closed_at, role, due_step, due_at, overdue, alarms)
SELECT k.kind, k.severity, CASE WHEN is_false THEN 'false' WHEN is_over THEN 'closed'
            WHEN luck > 0.5 THEN 'acknowledged' ELSE 'dispatched' END, 'x', 'Juana P.',
       'Juana P.', s.lat_deg, s.lon_deg,
       at, 'c5', at + INTERVAL '5 min',
       at + (20 + 200 * luck) * INTERVAL '1 s', at + (2 + 6 * luck) * INTERVAL '1 min',
       CASE WHEN is_over THEN at + (7 + 20 * luck) * INTERVAL '1 min' END,
       CASE WHEN is_over THEN at + (20 + 70 * luck) * INTERVAL '1 min' END,
       CASE WHEN is_over THEN at + (30 + 80 * luck) * INTERVAL '1 min' END, 'operador',
       CASE WHEN NOT is_over THEN 'resolve' END,
       CASE WHEN NOT is_over THEN at + INTERVAL '1 h' END, luck > 0.9, 1 + (luck * 3)::int
  FROM (VALUES ('panic', 'CRITICAL', 0.2), ('off_route', 'WARNING', 0.4),
               ('unplanned_stop', 'MINOR', 0.3), ('device_silent', 'WARNING', 0.4),
               ('air_bad', 'MAJOR', 0.15), ('stream_down', 'MINOR', 0.1),
               ('plate_hit', 'MAJOR', 0.12)) AS k (kind, severity, share),
       generate_series(%(since)s, %(until)s - INTERVAL '5 h', INTERVAL '5 h') AS slot,
       LATERAL (SELECT slot + pg_temp.chance(k.kind || 't' || slot) * INTERVAL '4.9 h' AS at,
                       pg_temp.chance(k.kind || slot) AS luck,
                       slot < %(until)s - INTERVAL '24 h' AS is_over) drawn,
       LATERAL (SELECT is_over AND luck < 0.06 AS is_false) judged,
       {_ANYWHERE.format(what="k.kind || 'y' || slot")}
 WHERE pg_temp.chance(k.kind || 'i' || slot) < k.share
    OR (k.kind = 'air_bad' AND slot > %(until)s - INTERVAL '10 h') ORDER BY at"""  # noqa: S608  constants
"""Each at a moment of its own within its five hours; a grave one is always open."""
_ALARMS: Final = """
INSERT INTO alarm (kind, severity, rule_id, rule_version, dedup_key, title_es, title_en, device_id,
                   raised_at, last_at, count, cleared_at, acknowledged_at, closed_at, incident_id)
SELECT i.kind, i.severity, 'prueba', 1, i.incident_id || ':' || n, 'x', 'x',
       'T-0' || lpad((1 + i.incident_id %% 9)::text, 2, '0'),
       i.opened_at + n * INTERVAL '1 min', i.last_at + n * INTERVAL '1 min', 1 + n,
       i.resolved_at, i.acknowledged_at, i.closed_at, i.incident_id
  FROM incident i, generate_series(0, i.alarms - 1) AS n"""
_DELTAS: Final = """
INSERT INTO ledger_delta (device_id, hour, seq_lo, seq_hi, stored, rejected, duplicates, late)
SELECT device_id, hour, min(seq), max(seq), count(*),
       0, (count(*) * 0.02 * pg_temp.chance(device_id || 'd' || hour))::bigint,
       sum(late)
  FROM (SELECT device_id, date_trunc('hour', measured_at) AS hour, seq,
               (flags & 4 <> 0)::int AS late FROM gps_fix
        UNION ALL
        SELECT DISTINCT device_id, date_trunc('hour', measured_at), seq, 0 FROM reading) said
 GROUP BY device_id, hour"""
_LATEST: Final = (
    """
INSERT INTO latest_fix (device_id, measured_at, seq, received_at, lat_deg, lon_deg, speed_mps,
                        heading_deg, flags)
SELECT DISTINCT ON (device_id) device_id, measured_at, seq, received_at, lat_deg, lon_deg,
       speed_mps, heading_deg, flags
  FROM gps_fix WHERE flags & 2 = 0 ORDER BY device_id, measured_at DESC""",
    """
INSERT INTO latest_value (device_id, metric, measured_at, seq, received_at, value, flags)
SELECT h.device_id, h.metric, r.measured_at, r.seq, r.received_at, r.value, r.flags
  FROM (SELECT device_id, metric, max(hour) AS hour FROM reading_hourly GROUP BY 1, 2) h,
       LATERAL (SELECT * FROM reading x WHERE x.device_id = h.device_id AND x.metric = h.metric
                   AND x.measured_at >= h.hour ORDER BY x.measured_at DESC LIMIT 1) r""",
    """
INSERT INTO last_seen (device_id, received_at)
SELECT device_id, max(at) FROM (
    SELECT device_id, max(received_at) AS at FROM latest_fix GROUP BY 1
    UNION ALL SELECT device_id, max(received_at) FROM latest_value GROUP BY 1
    UNION ALL SELECT device_id, max(received_at) FROM plate_read GROUP BY 1
    UNION ALL SELECT device_id, max(received_at) FROM status GROUP BY 1) seen
 GROUP BY 1""",
    """
UPDATE last_seen SET received_at = received_at - INTERVAL '3 hours'
 WHERE device_id IN (SELECT min(device_id) FROM device GROUP BY kind HAVING kind = 'camera')""",
    """
INSERT INTO presence (device_id, online, session, measured_at, received_at, since, firmware,
                      battery_v, battery_pct, rssi_dbm, outbox)
SELECT DISTINCT ON (device_id) device_id, online, session, measured_at, received_at,
       measured_at - INTERVAL '5 h', firmware, battery_v, battery_pct, rssi_dbm, outbox
  FROM status ORDER BY device_id, measured_at DESC""",
)


def drive(conn: Connection, until: datetime, days: int) -> None:
    """Lay what lies in the temporary table `driven` over the days before `until`."""
    conn.execute(_CHANCE)
    conn.execute(_DRIVE, {"until": until, "days": days})


def measure(conn: Connection) -> None:
    """Store what lies in the temporary table `measured`."""
    conn.execute(_MEASURE)


def lay(conn: Connection, until: datetime, days: int, zone: ZoneInfo) -> None:
    """Everything beside fixes and readings, from a local midnight on, and the rollups' deltas."""
    since = (until - timedelta(days=days)).astimezone(zone)
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    window: dict[str, Any] = {"until": until, "since": midnight.astimezone(UTC)}
    for statement in (
        *(
            _STREETS,
            _COUNT,
            _STATUS,
            _EVENTS,
            _PASSAGES,
            _PASSED,
            _READS,
            _HOT,
            _ROUTES,
            _RUNS,
            _REVIEWS,
        ),
        *(_REJECTS, _ANOMALIES, _RULE, _INCIDENTS, _ALARMS, _DELTAS),
    ):
        conn.execute(statement.encode(), window)


def latest(conn: Connection) -> None:
    """Where everything stands now."""
    for statement in _LATEST:
        conn.execute(statement)
