-- name: var.device
-- Devices of the kinds a dashboard is about; revoked ones are left out.
SELECT name AS __text, device_id AS __value FROM panel.device
WHERE state = 'active' AND kind IN ({{kinds}}) ORDER BY name LIMIT 500

-- name: var.route
-- Routes that are driven.
SELECT name AS __text, route_id AS __value FROM panel.route
WHERE retired_on IS NULL ORDER BY name LIMIT 500

-- name: var.zone
-- Zones in which devices of the kinds stand.
SELECT coalesce(w.word, d.zone) AS __text, d.zone AS __value
FROM panel.device d LEFT JOIN (VALUES {{zone_words}}) AS w (zone, word) USING (zone)
WHERE d.state = 'active' AND d.kind IN ({{kinds}}) GROUP BY 1, 2 ORDER BY 1 LIMIT 100

-- name: note.incidents
-- Incidents as marks on every graph: kind, severity, how long; nobody's name.
SELECT opened_at AS time, closed_at AS timeend, coalesce(k.word, kind) AS text,
       coalesce(s.word, severity) AS tags
FROM panel.incident
LEFT JOIN (VALUES {{kind_words}}) AS k (kind, word) USING (kind)
LEFT JOIN (VALUES {{severity_words}}) AS s (severity, word) USING (severity)
WHERE $__timeFilter(opened_at) AND severity IN ('CRITICAL', 'MAJOR')
ORDER BY opened_at DESC LIMIT 200
