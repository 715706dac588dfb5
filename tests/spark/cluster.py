"""A standalone Spark cluster on loopback: a master and two workers, each a process group of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.tools import absent

HERE = Path(__file__).parent
BIN = HERE / ".venv" / "bin"
JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"  # these programs live for seconds
BLOCK = 131_072  # bytes
# Small blocks, so that small files have several, and several rounds; no input file may be read whole; a lost worker is
# not waited for.
SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.extraJavaOptions": JVM,
    "spark.executor.extraJavaOptions": JVM,
    "spark.executor.memory": "512m",
    "spark.ui.enabled": "false",
    "spark.default.parallelism": "1",
    "spark.sql.files.maxPartitionBytes": str(BLOCK),
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.sources.binaryFile.maxLength": "10000",
    "spark.shuffle.io.maxRetries": "1",
    "spark.shuffle.io.retryWait": "500ms",
}


@dataclass(frozen=True)
class Cluster:
    """Where it is, the environment of programs that use it, and its workers."""

    master: str
    environment: dict[str, str]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A master and two workers with one core each, until the end of this."""
    variables = environment(folder)
    port = _free_port()
    master = f"spark://127.0.0.1:{port}"
    running = [_started(folder, variables, "master.Master", "--port", str(port), "--webui-port", "0")]
    try:
        _wait_for(port)
        for name in ("one", "two"):
            place = ("--work-dir", str(folder / name), "--cores", "1", "--memory", "600m", "--webui-port", "0")
            running.append(_started(folder, variables, "worker.Worker", *place, master))
        yield Cluster(master, variables, running[1:])
    finally:
        for process in running:
            lose(process)


def lose(process: subprocess.Popen[bytes]) -> None:
    """As a machine that is gone: it and all that it started, at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def environment(folder: Path) -> dict[str, str]:
    """The variables of a program that uses Spark, with its settings and scratch in a folder."""
    if not (BIN / "hormone-cds").exists():
        absent("Spark", "make tests/spark/.venv/.ready")
    if shutil.which("java") is None:
        absent("Java", "Spark needs version 17 or newer")
    conf = folder / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in SETTINGS.items()))
    (home,) = BIN.parent.glob("lib/python*/site-packages/pyspark")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SPARK", "PYSPARK"))}
    return clean | {
        "SPARK_HOME": str(home),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": JVM,
        "PYSPARK_PYTHON": str(BIN / "python"),
        "PYTHONPATH": str(HERE.parent.parent),
    }


def _started(folder: Path, variables: dict[str, str], name: str, *options: str) -> subprocess.Popen[bytes]:
    command = ["bash", f"{variables['SPARK_HOME']}/bin/spark-class", f"org.apache.spark.deploy.{name}"]
    with (folder / "cluster.log").open("ab") as log:
        return subprocess.Popen(
            [*command, "--host", "127.0.0.1", *options],
            env=variables, cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("the master of the cluster did not start")
