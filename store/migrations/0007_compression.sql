-- 0007_compression: on the edition that has it, compress what is two weeks old.
-- The Apache-2 edition answers "functionality not supported under the current apache
-- license", so it is asked first. Late rows may still enter a compressed chunk.
-- Online-safe (settings and a background policy). Undo with a later migration.
DO $$
DECLARE
    one text;
BEGIN
    IF current_setting('timescaledb.license') <> 'timescale' THEN
        RETURN;
    END IF;
    FOREACH one IN ARRAY ARRAY['gps_fix', 'status'] LOOP
        EXECUTE format('ALTER TABLE %I SET (timescaledb.compress, '
                       'timescaledb.compress_segmentby = ''device_id'', '
                       'timescaledb.compress_orderby = ''measured_at, seq'')', one);
        EXECUTE format('SELECT add_compression_policy(%L, INTERVAL ''14 days'')', one);
    END LOOP;
    ALTER TABLE reading SET (timescaledb.compress,
                             timescaledb.compress_segmentby = 'device_id, metric',
                             timescaledb.compress_orderby = 'measured_at, seq');
    PERFORM add_compression_policy('reading', INTERVAL '14 days');
END $$;
