"""The anomaly engine at work: new samples in, anomalies and their events out, memory kept."""
