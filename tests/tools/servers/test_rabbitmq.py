"""A RabbitMQ node that fails to start leaves no process and no file."""

import tempfile

import psutil
import pytest

from sprout import SproutError
from tools.servers.rabbitmq import RabbitMQ

pytestmark = pytest.mark.stack


@pytest.fixture
def node(tmp_path, monkeypatch):
    """Return a function that creates a node whose server runs a shell command."""
    server = tmp_path / "rabbitmq-server"
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr("tools.servers.rabbitmq.find_rabbitmq", lambda: str(server))
    before = set(psutil.Process().children(recursive=True))

    def node(program):
        server.write_text(f"#!/bin/sh\n{program}\n")
        server.chmod(0o755)
        return RabbitMQ()

    yield node
    assert set(psutil.Process().children(recursive=True)) <= before
    assert list(folder.iterdir()) == []


def test_a_failed_start_shows_the_log(node):
    with (
        pytest.raises(SproutError, match="does not start:\nno cookie"),
        node("echo no cookie; exit 1"),
    ):
        pass


def test_ctrl_c_during_the_start_ends_the_node(node, monkeypatch):
    def interrupt(self):
        assert self._node.running
        raise KeyboardInterrupt

    monkeypatch.setattr(RabbitMQ, "answers", interrupt)
    with pytest.raises(KeyboardInterrupt), node("exec sleep 60"):
        pass
