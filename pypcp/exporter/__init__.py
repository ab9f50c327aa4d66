"""Metrics of clusters for Prometheus.

``scrape`` asks, ``metrics`` is a pure function from what was told to families of samples, ``server`` gives them out
over HTTP with prometheus_client, which is an extra: ``pip install 'pypcp[exporter]'``.
"""
