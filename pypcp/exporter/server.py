"""Gives the metrics out over HTTP, with prometheus_client: format, escaping and negotiation are its work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Metric, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from pypcp.exporter.metrics import HELP, Sample, by_name, samples
from pypcp.exporter.scrape import collect
from pypcp.status import conversations
from pypcp.status.gather import Place, prepare


class Clusters(Collector):
    """Asks all places at once whenever Prometheus asks. With several, each sample is labelled with its cluster."""

    def __init__(self, places: Sequence[Place], deadline: float, *, is_labelled: bool) -> None:
        self._places = places
        self._deadline = deadline
        self._is_labelled = is_labelled
        self._scrapes = 0
        self._lock = threading.Lock()

    def describe(self) -> list[Metric]:
        """Nothing: what there is, is known only when it is asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """A new scrape of every place."""
        with self._lock:
            self._scrapes += 1
            count = self._scrapes
        prepare(self._places)
        each = conversations.run(conversations.together(map(self._samples, self._places)))
        found = [sample for samples in each for sample in samples]
        for name, family in by_name(found).items():
            # counters of pgpool whose names do not end in _total, as prometheus_client wants it, are given untyped
            metric = Metric(name, HELP[name], "unknown" if name.endswith("_cnt") else "gauge")
            for sample in family:
                metric.add_sample(name, dict(sample.labels), float(sample.value))
            yield metric
        yield CounterMetricFamily("pgpool2_scrapes", "How often pgpool was scraped", count)

    async def _samples(self, place: Place) -> list[Sample]:
        """Those of one place, made while others are still waited for."""
        found = samples(await collect(place, self._deadline))
        label = (("cluster", place.name),) if self._is_labelled else ()
        return [Sample(each.name, (*label, *each.labels), each.value) for each in found]


def registry(places: Sequence[Place], deadline: float, *, is_labelled: bool) -> CollectorRegistry:
    """A registry that holds the clusters and nothing else."""
    made = CollectorRegistry(auto_describe=False)
    made.register(Clusters(places, deadline, is_labelled=is_labelled))
    return made


def text(source: CollectorRegistry) -> str:
    """One scrape, in Prometheus' text format."""
    return generate_latest(source).decode()


def serve(source: CollectorRegistry, host: str, port: int) -> tuple[int, Callable[[], None]]:
    """Serve ``/metrics`` in a thread; the port that was taken (for 0 a free one), and how to stop. Raises OSError."""
    server, thread = start_http_server(port, host, source)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return server.server_port, stop
