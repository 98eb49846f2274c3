"""The embedded broker."""

import itertools
import os
import signal
import socket
import tempfile
from pathlib import Path

import psutil
import pytest
import redis as redis_client

from sprout import broker as module
from sprout.broker import Broker, BrokerError, free_port
from tests.support.processes import has_ended, owner
from tools.waiting import until

pytestmark = pytest.mark.stack


@pytest.fixture
def client(redis):
    with redis_client.Redis(port=redis.port) as client:
        yield client


def pid_of(broker):
    with redis_client.Redis(port=broker.port) as client:
        return client.info()["process_id"]


def test_the_broker_answers_at_its_url(redis):
    assert redis.url() == f"redis://127.0.0.1:{redis.port}/0"
    with redis_client.Redis.from_url(redis.url()) as client:
        assert client.ping()


def test_databases_are_separate(redis):
    with (
        redis_client.Redis.from_url(redis.url(14)) as one,
        redis_client.Redis.from_url(redis.url(15)) as other,
    ):
        one.set("fruit", "plum")
        assert other.get("fruit") is None
        one.delete("fruit")


def test_the_broker_listens_only_on_this_machine(client):
    server = psutil.Process(client.info()["process_id"])
    listening = [c.laddr.ip for c in server.net_connections() if c.status == "LISTEN"]
    assert listening == ["127.0.0.1"]


def test_two_brokers_are_separate(redis):
    with Broker() as other:
        assert other.port != redis.port
        assert pid_of(other) != pid_of(redis)


def test_the_broker_stops_after_the_block_without_leftovers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Broker() as broker:
        with redis_client.Redis(port=broker.port) as client:
            client.set("fruit", "plum")
        pid = pid_of(broker)
        assert broker.running
    assert not broker.running
    assert has_ended(pid)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", broker.port))
    assert list(tmp_path.iterdir()) == []


def first(port, monkeypatch):
    """Make the first call of free_port() return `port`, which is in use."""
    ports = itertools.chain([port], iter(free_port, None))
    monkeypatch.setattr(module, "free_port", ports.__next__)


def test_a_port_of_another_program_is_not_used(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        first(other.getsockname()[1], monkeypatch)
        with Broker() as broker:
            assert broker.port != other.getsockname()[1]
            assert pid_of(broker)


def test_a_port_of_another_redis_is_not_used(redis, monkeypatch):
    first(redis.port, monkeypatch)
    with Broker() as broker:
        assert pid_of(broker) != pid_of(redis)


def test_a_free_port_is_reserved_and_usable():
    port = free_port()
    for _ in range(200):
        with socket.create_server(("127.0.0.1", 0)) as other:
            assert other.getsockname()[1] != port
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_failed_start_shows_the_log(redis, monkeypatch):
    monkeypatch.setattr(module, "free_port", lambda: redis.port)
    before = set(psutil.Process().children())
    with pytest.raises(BrokerError, match=r"(?s)does not start.*already in use"):
        Broker().start()
    assert set(psutil.Process().children()) <= before


def test_a_missing_redis_server_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SCRIPTS", tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrokerError) as caught:
        Broker().start()
    for part in ("no redis-server", "apt-get install redis-server", "brew install"):
        assert part in str(caught.value)


def test_the_broker_ends_with_a_killed_owner():
    with owner(Path(__file__).parent / "programs" / "own_broker.py") as process:
        pid = int(process.stdout.readline())
        assert not has_ended(pid)
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: has_ended(pid))
