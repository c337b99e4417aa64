-- name: pipeline.age
-- Seconds since ingest stored anything.
SELECT extract(epoch FROM $__timeTo()::timestamptz - max(received_at)) AS age_s
FROM panel.last_seen WHERE received_at <= $__timeTo() LIMIT 1

-- name: pipeline.lag_now
-- From reception to the database, of the last hour's readings, s: one metric of each device.
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lag_s) AS median_s,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY lag_s) AS p95_s
FROM (SELECT device_id, min(metric) AS metric FROM panel.latest_value GROUP BY device_id) one,
     LATERAL (SELECT extract(epoch FROM r.stored_at - r.received_at) AS lag_s
                FROM panel.reading r
               WHERE r.device_id = one.device_id AND r.metric = one.metric
                 AND r.measured_at >= $__timeTo()::timestamptz - INTERVAL '1 hour'
                 AND r.measured_at <= $__timeTo() LIMIT 200) newest
LIMIT 1

-- name: pipeline.size
-- Bytes of the whole database.
SELECT pg_database_size(current_database()) AS bytes LIMIT 1

-- name: pipeline.pending
-- Counts that wait for the next rollup.
SELECT count(*) AS pending FROM (SELECT 1 FROM panel.ledger_new LIMIT 100000) waiting LIMIT 1

-- name: pipeline.stored
-- Messages stored, by kind of device.
SELECT $__timeGroupAlias(l.hour,$__interval), d.kind AS metric, sum(l.stored) AS stored
FROM panel.ledger l JOIN panel.device d USING (device_id)
WHERE $__timeFilter(l.hour) GROUP BY 1, 2 ORDER BY 1 LIMIT 10000

-- name: pipeline.lag
-- From reception to the database, s, by status messages: half and nineteen in twenty up to two
-- days; over more, of every eighth message.
SELECT $__timeGroupAlias(measured_at,$__interval),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM stored_at - received_at))
           AS median_s,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM stored_at - received_at))
           AS p95_s
FROM panel.status
WHERE $__timeFilter(measured_at)
  AND ($__unixEpochTo() - $__unixEpochFrom() <= 172800 OR seq % 8 = 0)
GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: pipeline.refused
-- Messages refused, that came twice, that came late.
SELECT $__timeGroupAlias(hour,$__interval), sum(rejected) AS rejected,
       sum(duplicates) AS duplicates, sum(late) AS late
FROM panel.ledger WHERE $__timeFilter(hour) GROUP BY 1 ORDER BY 1 LIMIT 2000

-- name: pipeline.tables
-- The largest tables, chunks and indexes counted.
SELECT name, bytes FROM panel.table_size ORDER BY bytes DESC LIMIT 12

-- name: pipeline.chunks
-- Tables, their size and their number of chunks.
SELECT name, bytes, parts FROM panel.table_size ORDER BY bytes DESC LIMIT 40

-- name: pipeline.connected
-- Devices with a session at the broker: distinct ones that said they were online up to two days;
-- over more, those that were heard.
SELECT time, count(*) AS connected
FROM (SELECT $__timeGroupAlias(measured_at,$__interval), device_id FROM panel.status
       WHERE $__unixEpochTo() - $__unixEpochFrom() <= 172800
         AND $__timeFilter(measured_at) AND online GROUP BY 1, 2
      UNION ALL
      SELECT $__timeGroupAlias(hour,$__interval), device_id FROM panel.ledger
       WHERE $__unixEpochTo() - $__unixEpochFrom() > 172800
         AND $__timeFilter(hour) AND stored > 0 GROUP BY 1, 2) said
GROUP BY time ORDER BY time LIMIT 4000

-- name: pipeline.outbox
-- Messages that devices still hold because the broker or the network is away.
SELECT $__timeGroupAlias(measured_at,$__interval), sum(outbox) AS held
FROM panel.status WHERE $__timeFilter(measured_at) GROUP BY 1 ORDER BY 1 LIMIT 4000

-- name: pipeline.broker
-- Sessions by what the broker was told last.
SELECT count(*) FILTER (WHERE online) AS connected, count(*) FILTER (WHERE NOT online) AS away
FROM panel.presence LIMIT 1
