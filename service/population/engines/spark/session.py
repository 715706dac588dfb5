"""The Spark session of a run: the user's own, else one by their settings of Spark."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from service.population.parquet import Missing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "hormone-cds population"
_UNREAD = re.compile(r"\[FAILED_READ_FILE[^]]*] Encountered error while reading file (\S+?)\.\s")


@contextmanager
def session(master: str | None) -> Iterator[SparkSession]:
    """The session that runs already, or one on `master`: by default what Spark's own settings name, else `local[*]`.

    Raises:
        Missing: pyspark is not installed, there is no Java, the session has no JVM to reach files by, or Spark failed.
    """
    sql = _sql()
    running = sql.SparkSession.getActiveSession()
    if running is None:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = sql.SparkSession.builder.appName(NAME)
    found = running or _started(builder.master(master) if master is not None else builder)
    try:
        if not hasattr(found, "_jvm"):
            raise Missing("Spark Connect cannot be used: run on a classic session")
        with _explained():
            yield found
    finally:
        if running is None:
            found.stop()


@contextmanager
def _explained() -> Iterator[None]:
    """Spark's own words may quote a chart: its errors leave with their kind alone, but for those of what was asked."""
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as error:
        raise Missing(f"Spark: {str(error).splitlines()[0]}") from None
    except PySparkException as error:
        raise Missing(f"Spark failed ({error.getCondition() or type(error).__name__}); its log says where") from None
    except Py4JError as error:
        unread = _UNREAD.search(str(error))
        if unread is not None:
            raise Missing(f"Spark cannot read {unread[1]}: it is broken, or breaks off") from None
        raise Missing(f"Spark failed ({type(error).__name__}); its log says where") from None


def _sql() -> Any:
    try:
        import pandas  # noqa: F401 - PySpark asks for it
        import pyarrow  # noqa: F401
        from pyspark import sql
    except ImportError:
        raise Missing("This engine needs Spark: pip install 'hormone-cds[spark]'") from None
    return sql


def _started(builder: Any) -> Any:
    from pyspark.errors import PySparkRuntimeError

    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise Missing(f"Spark did not start: {error}; it needs Java 17 or newer") from None
