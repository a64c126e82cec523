"""`python -m geodata.vector_writer`: PostgreSQL's rows as Arrow batches into files of GDAL, in a process of its own.

GDAL holds Python's lock while it writes, which would stop every other request of a web process; here it stops nobody, and
what it took of memory is given back. Reads an Order as JSON from its input. No Django: it is up in a fraction of a second.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, TypedDict

# pyogrio imports these where they are installed, which takes three quarters of a second; they are not needed to write.
NOT_NEEDED = ("geopandas", "pandas", "shapely")
BATCH_BYTES = 4 * 1024 * 1024


class Layer(TypedDict):
    """One file: the rows of `sql`, whose column `geometry` is WKB. `driver` is GDAL's name, or "Parquet"."""

    sql: str
    path: str
    driver: str
    name: str
    geometry_type: str
    options: dict[str, str]
    metadata: dict[str, str]


class Order(TypedDict):
    """What to write. `beginning` are the statements that come first in the transaction in which all layers are read."""

    conninfo: str
    beginning: list[str]
    crs: str
    layers: list[Layer]


def write(order: Order) -> None:
    """Writes each layer of `order`; all hold the same moment. Raises for whatever refuses, the file is then worth nothing."""
    from adbc_driver_manager import AdbcConnection, AdbcStatement
    from adbc_driver_postgresql import connect

    with connect(order["conninfo"]) as database, AdbcConnection(database) as connection:
        connection.set_autocommit(False)
        for statement in order["beginning"]:
            with AdbcStatement(connection) as asked:
                asked.set_sql_query(statement)
                asked.execute_update()
        for layer in order["layers"]:
            with AdbcStatement(connection) as asked:
                asked.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
                asked.set_sql_query(layer["sql"])
                rows, _count = asked.execute_query()
                _writer(layer)(rows, layer, order["crs"])


def _writer(layer: Layer) -> Callable[[Any, Layer, str], None]:
    return _write_parquet if layer["driver"] == "Parquet" else _write_by_gdal


def _write_by_gdal(rows: Any, layer: Layer, crs: str) -> None:
    sys.modules.update(dict.fromkeys(NOT_NEEDED))
    import pyogrio

    pyogrio.set_gdal_config_options({"OGR_SQLITE_SYNCHRONOUS": "OFF"})  # a file that nobody has yet need not survive
    pyogrio.write_arrow(
        rows,
        layer["path"],
        layer=layer["name"],
        driver=layer["driver"],
        geometry_name="geometry",
        geometry_type=layer["geometry_type"],
        crs=crs,
        encoding="UTF-8" if layer["driver"] == "ESRI Shapefile" else None,
        layer_metadata=layer["metadata"] or None,
        layer_options=layer["options"],
    )


def _write_parquet(rows: Any, layer: Layer, crs: str) -> None:
    """GeoParquet 1.1: https://geoparquet.org/releases/v1.1.0/"""
    import pyarrow
    from pyarrow.parquet import ParquetWriter
    from pyproj import CRS

    column = {"encoding": "WKB", "geometry_types": [], "crs": CRS(crs).to_json_dict()}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    batches = pyarrow.RecordBatchReader.from_stream(rows)
    schema = batches.schema.with_metadata({"geo": json.dumps(geo)} | layer["metadata"])
    with ParquetWriter(layer["path"], schema, compression="zstd") as file:
        for batch in batches:
            file.write_batch(batch.replace_schema_metadata(schema.metadata))


if __name__ == "__main__":
    write(json.load(sys.stdin))
