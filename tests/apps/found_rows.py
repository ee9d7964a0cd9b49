"""Tables whose rows an SQLite database finds: by a backend of a ServerVariable, and by a `filter_resolver`."""

import sqlite3

import pandas as pd  # type: ignore[import-untyped]

from dara.components import Stack, Table, Text
from dara.core import ConfigurationBuilder, DerivedVariable, ServerVariable, Variable
from dara.core.interactivity.server_variable import ServerBackend

ROWS = 5000
OPERATORS = {'EQ': '=', 'NE': '!=', 'GT': '>', 'LT': '<', 'CONTAINS': 'LIKE'}
database = sqlite3.connect('items.db', check_same_thread=False)
database.execute('DROP TABLE IF EXISTS items')
database.execute('CREATE TABLE items (n INTEGER, name TEXT)')
database.executemany('INSERT INTO items VALUES (?, ?)', [(n, f'item {n:04}') for n in range(ROWS)])
read = {'whole': 0, 'most': 0}


def condition(query):
    """Return a filter as SQL with its parameters."""
    if query is None:
        return '1', []
    if hasattr(query, 'clauses'):
        parts = [condition(clause) for clause in query.clauses]
        sql = f' {query.combinator} '.join(part for part, _ in parts)
        return f'({sql})', [each for _, given in parts for each in given]
    if query.operator == 'BT':
        return f'{query.column} BETWEEN ? AND ?', [*query.value]
    if isinstance(query.value, list):
        return f'{query.column} IN ({",".join("?" * len(query.value))})', query.value
    value = f'%{query.value}%' if query.operator == 'CONTAINS' else query.value
    return f'{query.column} {OPERATORS[query.operator]} ?', [value]


def select(filters, pagination):
    where, given = condition(filters)
    count = database.execute(f'SELECT count(*) FROM items WHERE {where}', given).fetchone()[0]
    column = (pagination and pagination.orderBy) or 'n'
    order = f'{column[1:]} DESC' if column.startswith('-') else column
    limit, offset = (pagination.limit, pagination.offset or 0) if pagination and pagination.limit else (-1, 0)
    sql = f'SELECT * FROM items WHERE {where} ORDER BY {order} LIMIT {limit} OFFSET {offset}'
    rows = pd.read_sql_query(sql, database, params=given)
    read['most'] = max(read['most'], len(rows))
    return rows, count


class Items(ServerBackend):
    async def write(self, key, value):
        raise NotImplementedError

    async def read(self, key):
        read['whole'] += 1
        return select(None, None)[0]

    async def read_filtered(self, key, filters=None, pagination=None):
        return select(filters, pagination)

    async def get_sequence_number(self, key):
        return 1


class Whole(Items):
    async def read_filtered(self, key, filters=None, pagination=None):
        raise NotImplementedError


async def find_items(prefix, filters=None, pagination=None):
    rows, count = select(filters, pagination)
    return rows.assign(name=prefix + rows['name']), count


items = ServerVariable(backend=Items(scope='global'), uid='items')
whole = ServerVariable(backend=Whole(scope='global'), uid='whole')
prefix = Variable('an ', uid='prefix')
found = DerivedVariable(lambda prefix: prefix, variables=[prefix], filter_resolver=find_items, uid='found')
reads = DerivedVariable(lambda _: read, variables=[Variable(0, uid='any')], cache=None, uid='reads')

config = ConfigurationBuilder()
config.add_page(
    'Items',
    content=Stack(
        Table(data=items, label='Items', searchable=True, max_rows=8),
        Table(data=found, label='Found', searchable=True, max_rows=8),
        Table(data=whole, label='Whole', max_rows=8),
        Text(reads.get('whole')),
    ),
)
