"""What the world sees: the leaderboard as a Parquet file, every column of a type of its own.

Knows nothing of how rows come about, nor where the file goes.
"""

import datetime as dt
from types import ModuleType, NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from debate.errors import SettingsError
from debate.exchange.genes import GeneRow, Genes
from debate.exchange.leaderboard import Leaderboard, LeaderboardRow

if TYPE_CHECKING:
    import pyarrow as pa


def render_parquet(shown: Leaderboard | Genes) -> bytes:
    """Return a leaderboard, of hypotheses or of genes, as the bytes of a Parquet file.

    The fields are those of the JSON form; lists stay lists and records structs, and what is
    absent is null. Without rows the columns are the same.

    Raises:
        SettingsError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and 30 MB of it
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            "leaderboard",
            cause="writing Parquet needs pyarrow, which is not installed",
            remedy='Run pip install "debate-exchange[parquet]", or take CSV or JSON Lines',
        ) from error
    kind = GeneRow if isinstance(shown, Genes) else LeaderboardRow
    columns = {name: field.annotation for name, field in kind.model_fields.items()}
    schema = pa.schema([(name, _type(pa, told)) for name, told in columns.items()])
    rows = [row.model_dump() for row in shown.rows]
    file = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), file)
    return bytes(file.getvalue())


def _type(pa: ModuleType, told: object) -> "pa.DataType":
    """Return the Arrow type of a field's annotation."""
    parts = [part for part in get_args(told) if part is not NoneType and part is not Ellipsis]
    origin = get_origin(told)
    if isinstance(told, type) and issubclass(told, BaseModel):
        fields = told.model_fields.items()
        return pa.struct([(name, _type(pa, field.annotation)) for name, field in fields])
    if origin in {Union, UnionType}:  # with None, which every column may hold
        return _type(pa, parts[0])
    if origin is Literal:
        return pa.string()
    if origin is dict:
        return pa.map_(_type(pa, parts[0]), _type(pa, parts[1]))
    if origin is tuple:
        return pa.list_(_type(pa, parts[0]))
    plain: dict[object, Any] = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        str: pa.string(),
        dt.datetime: pa.timestamp("us", tz="UTC"),
    }
    return plain[told]
