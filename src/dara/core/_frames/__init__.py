"""DataFrames of pandas or polars and Arrow tables, which tables read alike through narwhals."""
