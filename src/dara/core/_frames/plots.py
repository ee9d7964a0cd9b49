"""The data of a chart: the columns that it draws, and for many rows what can be seen of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from dara.core._frames.frame import Frame, cells_of
from dara.core._frames.views import COUNT
from dara.core._json import Json

if TYPE_CHECKING:
    import narwhals as nw

Kind: TypeAlias = Literal['line', 'bar', 'area', 'scatter', 'histogram']
Aggregate: TypeAlias = Literal['sum', 'mean', 'min', 'max', 'count']
WHOLE_ROWS: Final = 5000
"""The number of rows up to which the tab combines them itself."""
DRAWN_ROWS: Final = 100_000
"""The number of rows up to which each is drawn."""
SAMPLE_ROWS: Final = 20_000
COUNTS: Final = 'count'
"""The aggregate that counts rows."""
MAX_BINS: Final = 80
ROUND: Final = (1, 2, 2.5, 5, 10)
DAY: Final = 86_400_000.0
DURATIONS: Final = (
    *(1000.0 * seconds for seconds in (1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200)),
    *(DAY * days for days in (1, 2, 7, 14, 30, 90, 365, 1825, 3650)),
)
"""The widths of bins of moments, in milliseconds."""
_BIN: Final = '__dara_bin__'
_NUMBERS: Final = frozenset({'integer', 'decimal'})
_MOMENTS: Final = frozenset({'date', 'datetime'})


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart as it is declared, by the names of its columns."""

    kind: Kind
    x: str
    y: tuple[str, ...] | None = None
    color: str | None = None
    aggregate: Aggregate | None = None
    bins: int | None = None


def plotted(frame: Frame, plot: Plot) -> dict[str, Json]:
    """Return the columns that a chart draws.

    Returns:
        `columns`, with lists of equal length by name, that of counted rows by `COUNT`, also beside means for each
        color; `combined`, whether rows with
        the same `x` are combined already; `binWidth`, the width of the bins of a histogram, in milliseconds on an axis
        of moments; `drawn` and `rows`, the number of rows in the chart and in the frame if not all are drawn;
        `missing`, the number of rows without an `x` that are left out.
    """
    names = [name for name in _drawn_columns(frame, plot) if name in frame.kinds]
    if plot.x not in frame.kinds:
        return {'columns': {}}
    if frame.count > WHOLE_ROWS and plot.kind == 'histogram':
        return _histogram(frame, plot)
    if frame.count > WHOLE_ROWS and plot.aggregate is not None:
        missing = int(frame.data[plot.x].is_null().sum())
        return {'columns': _columns(frame, _combined(frame, plot, names)), 'combined': True, 'missing': missing}
    data = frame.data.select(names)
    if frame.count <= DRAWN_ROWS:
        return {'columns': _columns(frame, data)}
    known = data.drop_nulls(plot.x)
    sample = known.sample(n=SAMPLE_ROWS, seed=1) if plot.kind == 'scatter' else _extremes(known, plot, names)
    missing = frame.count - len(known)
    return {'columns': _columns(frame, sample), 'drawn': len(sample), 'rows': len(known), 'missing': missing}


def _drawn_columns(frame: Frame, plot: Plot) -> list[str]:
    """Return the names of the drawn columns: without `y`, all columns of numbers are."""
    others = {plot.x, plot.color}
    if plot.kind == 'histogram' or (plot.aggregate == COUNTS and plot.y is None):
        measured: list[str] = []
    else:
        numbers = [each.name for each in frame.columns if each.kind in _NUMBERS and each.name not in others]
        measured = [*plot.y] if plot.y is not None else numbers
    return [*dict.fromkeys([plot.x, *measured, *([plot.color] if plot.color else [])])]


def _combined(frame: Frame, plot: Plot, names: list[str]) -> nw.DataFrame[Any]:
    """Return the rows with one value of `x` and `color` as one."""
    import narwhals as nw

    keys = [*dict.fromkeys(name for name in (plot.x, plot.color) if name in names and name is not None)]
    measured = [name for name in names if name not in keys]
    data = frame.working(names).with_columns(*(frame.column(name).alias(name) for name in measured))
    made = [nw.len().alias(COUNT)] if plot.aggregate == COUNTS and not measured else []
    made += [getattr(nw.col(name), str(plot.aggregate))().alias(name) for name in measured]
    if plot.aggregate == 'mean' and plot.color in keys and measured:
        made.append(nw.col(measured[0]).count().alias(COUNT))  # by which the tab combines the means of rare colours
    return data.group_by(keys).agg(*made).sort(plot.x, nulls_last=True)


def _histogram(frame: Frame, plot: Plot) -> dict[str, Json]:
    """Return the number of rows in each bin, or of each name."""
    import narwhals as nw

    keys = [plot.x, *([plot.color] if plot.color in frame.kinds and plot.color != plot.x else [])]
    kind = frame.kinds[plot.x]
    data = frame.working([name for name in keys if name is not None])
    if kind not in _NUMBERS | _MOMENTS:
        if kind == 'other':  # objects that have no order among each other
            data = data.with_columns(nw.col(plot.x).cast(nw.String))
        counted = data.group_by(keys).agg(nw.len().alias(COUNT)).sort(plot.x, nulls_last=True)
        return {'columns': _columns(frame, counted), 'combined': True}
    place = _place(frame, plot.x)
    placed = data.with_columns(place.alias(_BIN)).drop_nulls(_BIN)
    placed = placed.filter(nw.col(_BIN).is_finite()) if kind in _NUMBERS else placed
    low, high = placed[_BIN].min(), placed[_BIN].max()
    wanted = plot.bins or 2 * math.ceil(len(placed) ** (1 / 3))
    width = bin_width(low, high, wanted, of_moments=kind in _MOMENTS) if len(placed) else 1.0
    binned = placed.with_columns((nw.col(_BIN) / width).floor().alias(_BIN))
    colors = keys[1:]
    counted = binned.group_by([_BIN, *colors]).agg(nw.len().alias(COUNT)).sort(_BIN)
    columns: dict[str, Json] = {
        plot.x: [_at(kind, frame, plot.x, (each + 0.5) * width) for each in counted[_BIN].to_list()],
        COUNT: cells_of(counted[COUNT], 'integer'),
        **{name: cells_of(counted[name], frame.kinds[name]) for name in colors},
    }
    missing = frame.count - len(placed)
    return {'columns': columns, 'combined': True, 'binWidth': width, 'missing': missing}


def _place(frame: Frame, name: str) -> nw.Expr:
    """Return the coordinates of the values of a column: numbers, or milliseconds since 1970."""
    import narwhals as nw

    if frame.kinds[name] in _NUMBERS:
        return frame.column(name).cast(nw.Float64)
    moment = nw.col(name).cast(nw.Datetime('us')) if frame.kinds[name] == 'date' else nw.col(name)
    return moment.dt.timestamp('ms')


def _at(kind: str, frame: Frame, name: str, place: float) -> Json:
    """Return a coordinate in the form in which tabs get the values of a column."""
    if kind in _NUMBERS:
        return place
    from datetime import UTC, datetime

    moment = datetime.fromtimestamp(place / 1000, UTC)
    is_zoned = getattr(frame.data.schema[name], 'time_zone', None) is not None
    return (moment if is_zoned else moment.replace(tzinfo=None)).isoformat()


def bin_width(low: float, high: float, bins: int, *, of_moments: bool) -> float:
    """Return a round width of about that many bins between two numbers, or two moments in milliseconds."""
    number = min(max(bins, 1), MAX_BINS)
    raw = high / number - low / number  # the difference may be beyond all numbers
    if not raw > 0:
        return DAY if of_moments else 1
    if of_moments and 1000 <= raw <= DURATIONS[-1]:
        return next(each for each in DURATIONS if each >= raw)
    power = 10.0 ** math.floor(math.log10(raw))
    return next((step for step in ROUND if step * power >= raw * 0.999), 10) * power


def _extremes(data: nw.DataFrame[Any], plot: Plot, names: list[str]) -> nw.DataFrame[Any]:
    """Return the lowest and the highest value of each of many short stretches, which look like all of them."""
    import narwhals as nw

    colors = [plot.color] if plot.color in names and plot.color is not None else []
    measured = [name for name in names if name not in (plot.x, *colors)]
    ordered = data.sort(plot.x).with_row_index(_BIN)
    series = data[colors[0]].n_unique() if colors else 1
    length = -(-len(ordered) * series // (SAMPLE_ROWS // 2))
    stretches = ordered.with_columns(nw.col(_BIN) // length).group_by([_BIN, *colors])
    ends = [
        stretches.agg(getattr(nw.col(plot.x), end)(), *(getattr(nw.col(name), end)() for name in measured))
        for end in ('min', 'max')
    ]
    return nw.concat(ends).sort(plot.x).drop(_BIN)


def _columns(frame: Frame, data: nw.DataFrame[Any]) -> dict[str, Json]:
    return {name: cells_of(data[name], frame.kinds.get(name, 'integer')) for name in data.columns}
