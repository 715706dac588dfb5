"""What somebody does in a session of Spark that runs already: several commands, each with what it said, as JSON."""

from __future__ import annotations

import json
import sys

from pyspark.sql import SparkSession
from typer.testing import CliRunner

from service.cli import app

master, *commands = sys.argv[1:]
spark = SparkSession.builder.master(master).getOrCreate()
said = []
for command in commands:
    ended = CliRunner().invoke(app, json.loads(command))
    said.append((ended.exit_code, ended.output))
assert not spark.sparkContext._jsc.sc().isStopped()
print("\n" + json.dumps(said))  # noqa: T201
spark.stop()
