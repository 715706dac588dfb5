"""The small files of a run, wherever Spark writes: a folder on this machine, on HDFS, or in an object store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from service.population.kept import damaged

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

T = TypeVar("T")


class Files:
    """The files below a folder, by Hadoop's file systems, which know what Spark's settings say of them."""

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self._jvm: Any = spark._jvm
        place = self._path(folder)
        self._system = place.getFileSystem(spark._jsc.hadoopConfiguration())
        self._root = self._system.makeQualified(place)
        self._system.setWriteChecksum(False)

    @property
    def folder(self) -> str:
        """The whole address of the folder."""
        return str(self._root.toString())

    def at(self, name: str) -> str:
        """The address of what is called so in it."""
        return str(self._below(name).toString())

    def names(self) -> set[str]:
        """What is in it, but for what is hidden; nothing where it is not there."""
        if not self._system.exists(self._root):
            return set()
        found = {str(status.getPath().getName()) for status in self._system.listStatus(self._root)}
        return {name for name in found if not name.startswith(".")}

    def has(self, name: str) -> bool:
        """Whether something is called so in it, or below."""
        return bool(self._system.exists(self._below(name)))

    def close(self) -> None:
        """Charts lie in it: for nobody else, where the store knows of permissions."""
        self._system.mkdirs(self._root)
        self._system.setPermission(self._root, self._jvm.org.apache.hadoop.fs.permission.FsPermission("700"))

    def write_whole(self, name: str, content: bytes) -> None:
        """Written beside and renamed, so that nobody finds half of it."""
        beside, place = self._below(f"{name}.partial"), self._below(name)
        stream = self._system.create(beside, True)
        try:
            stream.write(bytearray(content))
        finally:
            stream.close()
        if not self._system.rename(beside, place):  # a store that does not put one file in another's place
            self._system.delete(place, False)
            self._system.rename(beside, place)

    def read_kept(self, name: str, kind: type[T]) -> T:
        """What was written there as JSON.

        Raises:
            Refused: it is something else.
        """
        stream = self._system.open(self._below(name))
        try:
            content = bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream))
        finally:
            stream.close()
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError:
            raise damaged(self.at(name)) from None

    def drop(self, name: str) -> None:
        """Delete it with all below."""
        self._system.delete(self._below(name), True)

    def _below(self, name: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(self._root, name)

    def _path(self, place: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(place)
