"""The Grafana dashboards as data, and the script that writes their JSON in Spanish and English."""
