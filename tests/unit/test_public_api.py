"""Tests of the public names, and of the examples of the documentation as printed."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import dara.components
import dara.core
import dara.core.asgi
import dara.core.auth
import dara.core.http
import dara.core.persistence
import dara.core.router
import dara.core.visual.components
from dara.components import Input
from dara.core import ComponentInstance, Variable
from dara.core.configuration import ConfigurationBuilder

PUBLIC = {
    dara.components: (
        'Accordion AccordionItem Anchor Bokeh Button ButtonBar ButtonBarStyle ButtonStyle Card Chart Checkbox '
        'CheckboxGroup Code ComponentItem ComponentSelectList Datepicker Direction For Form FormPage Grid Heading Icon '
        'If Image Input Item ItemBadge '
        'Label Link ListSection Markdown Matplotlib Modal Paragraph Plotly Presence ProgressBar RadioGroup RadioItem '
        'Select Slider Spacer Stack Switch Tab TabbedCard Table Text Textarea Timestamp Tooltip UploadDropzone '
        'Variable figure_events set_default_bokeh_theme set_default_plotly_theme'
    ),
    dara.core: (
        'DEFAULT_ERROR_DESCRIPTION DEFAULT_ERROR_TITLE ActionCtx AnyDataVariable AnyVariable BaseAuthConfig '
        'BaseFallback BaseTheme Brand CSSProperties Cache CacheType ComponentInstance Condition Configuration '
        'ConfigurationBuilder DaraError Dark DataVariable DefaultAuthConfig DerivedDataVariable DerivedVariable '
        'EndpointConfiguration ErrorHandlingConfig Fallback For If IndexRoute LayoutRoute Light Link Match MenuLink '
        'Navigate NavigateOptions NonTabularDataError NotificationStatus Operator Outlet PageRoute PersistenceStore '
        'PrefixRoute ProgressTracker ProgressUpdater Router RouterPath ServerVariable SideBarFrame '
        'StyledComponentInstance SwitchVariable TaskProgressUpdate ThemeColors ThemeDef ThemeFont '
        'ThemeProvider ThemeShadows TopBarFrame Upload UrlVariable Variable action discover get_icon py_component redo '
        'run_sync track_progress undo'
    ),
    dara.core.asgi: 'create_app',
    dara.core.auth: (
        'ID_TOKEN SESSION_ID USER BaseAuthConfig BasicAuthConfig DefaultAuthConfig MultiBasicAuthConfig UserData '
        'get_user_data'
    ),
    dara.core.http: 'EndpointConfiguration delete get patch post put',
    dara.core.persistence: (
        'BackendStore BrowserStore FileBackend InMemoryBackend PersistenceBackend PersistenceStore '
        'PostgresBackend QueryParamStore RedisBackend SQLiteBackend'
    ),
    dara.core.router: (
        'Fallback IndexRoute LayoutRoute Link MenuLink Navigate Outlet PageRoute PrefixRoute Router RouterPath'
    ),
    dara.core.visual.components: (
        'BaseFallback ErrorHandlingConfig Fallback For Link Match MenuLink Navigate Outlet ProgressTracker RouterPath '
        'SideBarFrame ThemeProvider TopBarFrame'
    ),
}

VARIABLE = 'get index is_first is_last list_item path reset uid'
COMPONENT = {'js_component', 'js_module', 'py_component'}
"""Names that a component of an app may not set."""
CONTAINERS = 'Accordion Anchor Button Card Form FormPage Label Modal Paragraph Stack Tab TabbedCard Tooltip'
AUTH = 'authenticate credential guest lifetime login'
ROUTE = 'case_sensitive fallback id metadata name on_load'
ADD_ROUTES = 'add_index add_layout add_page add_prefix children set_children'
BACKEND = (
    'changed_keys delete describe durability get_all has identity items leaves_values_alone outside_stamp read '
    'seconds_per_call subscribe write'
)
SHARED = (
    f'{BACKEND} close commit load name_of_next propose receipts receive send serve sibling store_snapshot '
    'tips updates watch watch_outside writer'
)
STORED = (
    f'{VARIABLE} create_from_derived default delete get_all init_override modify read reset store sync toggle '
    'update write write_partial'
)
DERIVED = f'{VARIABLE} filter_resolver func has_error has_value is_loading polling_interval trigger variables'
SERVER = f'{VARIABLE} backend default key read read_filtered scope update write'
MEMBERS = {
    **dict.fromkeys(CONTAINERS.split(), 'append pop'),
    'ActionCtx': (
        'cancel_task copy_to_clipboard download_file download_variable execute_action flush logout navigate notify '
        'reset_variables run_task trigger update'
    ),
    'AnyVariable': VARIABLE,
    'BackendStore': (
        'at backend delete get_all modify on_change patch present read readonly recheck scope uid write write_partial'
    ),
    'BaseAuthConfig': AUTH,
    'BasicAuthConfig': f'{AUTH} password username',
    'Brand': 'color favicon font logo name radius',
    'Cache': 'Policy Type',
    'Chart': 'within',
    'Code': 'Themes',
    'Condition': f'{VARIABLE} Operator operator other variable',
    'Configuration': (
        'auth backend decoders default_path embedders endpoint_configurations endpoints levels looks middleware '
        'name not_found routes shared_folder startup static_folders task_processes template theme '
        'theme_variable threads title tree'
    ),
    'ConfigurationBuilder': (
        'add_auth add_configuration add_css add_encoder add_endpoint add_middleware add_page add_static_folder '
        'allow_embedding auth_config backend brand build on_startup router set_theme shared_folder startup_functions '
        'task_module task_processes template theme threads title width'
    ),
    'DataVariable': f'{SERVER} filter',
    'DefaultAuthConfig': AUTH,
    'Upload': 'content_type keep name open path read size',
    'DerivedDataVariable': DERIVED,
    'DerivedVariable': DERIVED,
    'EndpointConfiguration': 'default',
    'Fallback': 'Custom Default Row',
    'Grid': 'Breakpoints Column Row append pop',
    'FileBackend': BACKEND,
    'InMemoryBackend': BACKEND,
    'PersistenceBackend': BACKEND,
    'PostgresBackend': SHARED,
    'RedisBackend': SHARED,
    'IndexRoute': f'{ROUTE} content icon include_in_menu width',
    'Heading': 'anchor_name',
    'Item': 'badge image label to_item value',
    'ItemBadge': 'color label',
    'LayoutRoute': f'{ROUTE} {ADD_ROUTES} content',
    'ListSection': 'items label',
    'MultiBasicAuthConfig': f'{AUTH} users',
    'NavigateOptions': 'relative replace',
    'PageRoute': f'{ROUTE} {ADD_ROUTES} content icon include_in_menu path width',
    'PrefixRoute': f'{ROUTE} {ADD_ROUTES} path',
    'ProgressUpdater': 'fake_progress send_update',
    'QueryParamStore': 'query',
    'RadioItem': 'badge image label to_item value',
    'Router': f'{ADD_ROUTES} default_path get_navigable_routes route_matches',
    'RouterPath': 'hash params pathname search',
    'Plotly': 'Event EventName',
    'SQLiteBackend': SHARED,
    'ServerVariable': SERVER,
    'SwitchVariable': f'{VARIABLE} default match value value_map when',
    'Table': 'TableFilter TableFormatterType add_column column',
    'TaskProgressUpdate': 'message progress task_id',
    'UrlVariable': STORED,
    'Variable': STORED,
    'action': 'Ctx',
}
"""The names that an editor offers on public classes. Props of components are in the reference."""
CLASSES = {
    value.__name__: value
    for module in PUBLIC
    for value in (getattr(module, name) for name in module.__all__)
    if isinstance(value, type)
}


@pytest.mark.parametrize('module', PUBLIC, ids=lambda module: module.__name__)
def test_the_public_names_are_these(module: Any) -> None:
    """A public name is added or removed on purpose, so the names are listed here, too."""
    assert module.__all__ == PUBLIC[module].split()
    assert all(getattr(module, name).__doc__ for name in module.__all__)


@pytest.mark.parametrize('kind', CLASSES.values(), ids=CLASSES)
def test_only_public_members_are_offered_by_an_editor(kind: type) -> None:
    inherited = COMPONENT if issubclass(kind, ComponentInstance) else set()
    assert offered_members(kind) == set(MEMBERS.get(kind.__name__, '').split()) | inherited


def offered_members(kind: type) -> set[str]:
    """Return the public names on a class and its objects, without props, enum members and names of other packages."""
    names = set(dir(kind))
    for each in kind.__mro__:
        if each.__module__.startswith('dara.'):
            names |= inspect.get_annotations(each).keys()
        else:
            names -= vars(each).keys()
    if issubclass(kind, BaseModel):
        names -= kind.model_fields.keys()
    if issubclass(kind, Enum):
        names -= kind.__members__.keys()
    return {name for name in names if not name.startswith('_')}


SHARED = """
from dara.core import Variable
from dara.core.persistence import BackendStore
from dara.components import Input

# Tag the variable to be "collaborative" and have a shared server state
collab_variable = Variable(default=1, store=BackendStore())

# Input value will automatically be kept in sync "live" for all users
Input(value=collab_variable)
"""

PROGRAMMATIC = """
from dara.core import Variable
from dara.core.persistence import BackendStore
from dara.components import Input

store = BackendStore()
collab_variable = Variable(default='default value', store=store)

# get current value in the store
value = await store.read()
# store can also be accessed from the variable
value = await variable.store.read()
# or as a shortcut method on the variable itself (this raises an error if the store is not a BackendStore)
value = await variable.read()

# write a new value to the store
await store.write('new value')

# delete the existing value from the store
await store.delete()

# get all value from the store - see `scope` section below for details
await store.get_all()
"""

IN_A_FILE = """
from dara.core import Variable
from dara.core.persistence import BackendStore, FileBackend
from dara.components import Input

collab_variable = Variable(
    default='default value',
    store=BackendStore(
        backend=FileBackend(path='path/to/file.json')
    )
)
"""


async def run_as_printed(snippet: str, **supplied: Any) -> dict[str, Any]:
    """Run a snippet that may await at top level."""
    names: dict[str, Any] = {'__name__': 'snippet', **supplied}
    code = compile(snippet, 'snippet.py', 'exec', flags=0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    result = eval(code, names)
    if asyncio.iscoroutine(result):
        await result
    return names


async def test_the_snippet_that_shares_a_variable_runs() -> None:
    names = await run_as_printed(SHARED)
    config = ConfigurationBuilder()
    config.add_page('Page', content=Input(value=names['collab_variable']))
    assert [store.uid for store in config.build().tree.all_stores] == ['snippet.collab_variable']
    assert await names['collab_variable'].read() == 1


async def test_the_snippet_that_uses_the_store_runs() -> None:
    """The page leaves `variable` undefined: it is the variable above."""
    variable = Variable(default='default value', store=dara.core.persistence.BackendStore())
    names = await run_as_printed(PROGRAMMATIC, variable=variable)
    assert names['value'] == 'default value'
    assert await names['store'].read() == 'default value'
    assert await names['store'].get_all() == {}


async def test_the_snippet_that_uses_a_file_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The directory is created."""
    monkeypatch.chdir(tmp_path)
    names = await run_as_printed(IN_A_FILE)
    await names['collab_variable'].write('kept')
    assert json.loads(Path('path/to/file.json').read_text()) == {'global': 'kept'}
    assert os.listdir('path/to') == ['file.json'] or '.file.json.lock' in os.listdir('path/to')
