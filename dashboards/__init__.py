"""Grafana as code: dashboards, alert rules, and how a running Grafana is given them."""
