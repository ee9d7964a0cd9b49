"""A documented import path; its names are defined elsewhere."""

from dara.core.filtering import (
    ClauseQuery,
    ColumnType,
    FilterQuery,
    Pagination,
    QueryCombinator,
    QueryOperator,
    ValueQuery,
    apply_filters,
    clean_column_name,
    coerce_to_filter_query,
    infer_column_type,
    parseISO,
)

__all__ = [
    'ClauseQuery',
    'ColumnType',
    'FilterQuery',
    'Pagination',
    'QueryCombinator',
    'QueryOperator',
    'ValueQuery',
    'apply_filters',
    'clean_column_name',
    'coerce_to_filter_query',
    'infer_column_type',
    'parseISO',
]
