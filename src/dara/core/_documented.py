"""The documented API name by name: the paths that lead elsewhere, and the names that are not here yet.

`python tools/paths.py` writes the modules of `PATHS` and the page docs/not-here-yet.md from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from dara.core.errors import NotHere

PATHS: Final[Mapping[str, str]] = {
    'dara.components.common': 'Accordion AccordionItem Anchor BaseDashboardComponent BulletList Button ButtonBar '
    'ButtonBarStyle ButtonStyle Card Carousel CarouselItem CheckboxGroup Code ComponentItem ComponentSelectList '
    'ContentComponent Datepicker Direction DropdownMenu Form FormComponent FormPage Grid Heading HtmlRaw Icon If '
    'Image Input InteractiveComponent Item ItemBadge Label LayoutComponent LayoutError ListSection LocalizedDate '
    'Markdown MenuItem Modal ModifierComponent Overlay Paragraph ProgressBar RadioGroup RadioItem Select Slider '
    'Spacer Stack Switch Tab TabbedCard Table Text Textarea Tooltip UploadDropzone',
    'dara.components.common.accordion': 'Accordion AccordionItem',
    'dara.components.common.anchor': 'Anchor',
    'dara.components.common.base_component': 'BaseDashboardComponent ContentComponent FormComponent '
    'InteractiveComponent LayoutComponent LayoutError ModifierComponent',
    'dara.components.common.bullet_list': 'BulletList',
    'dara.components.common.button': 'Button ButtonStyle',
    'dara.components.common.button_bar': 'ButtonBar ButtonBarStyle',
    'dara.components.common.card': 'Card',
    'dara.components.common.carousel': 'Carousel CarouselItem',
    'dara.components.common.checkbox_group': 'CheckboxGroup',
    'dara.components.common.code': 'Code',
    'dara.components.common.component_select_list': 'ComponentItem ComponentSelectList',
    'dara.components.common.datepicker': 'Datepicker',
    'dara.components.common.dropdown_menu': 'DropdownMenu MenuItem',
    'dara.components.common.dropzone': 'UploadDropzone',
    'dara.components.common.form': 'Form',
    'dara.components.common.form_page': 'FormPage',
    'dara.components.common.grid': 'Grid',
    'dara.components.common.heading': 'Heading',
    'dara.components.common.html_raw': 'HtmlRaw',
    'dara.components.common.icon': 'Icon',
    'dara.components.common.if_cmp': 'If',
    'dara.components.common.image': 'Image',
    'dara.components.common.input': 'Input',
    'dara.components.common.label': 'Label',
    'dara.components.common.localized_date': 'LocalizedDate',
    'dara.components.common.markdown': 'Markdown',
    'dara.components.common.modal': 'Modal',
    'dara.components.common.overlay': 'Overlay',
    'dara.components.common.paragraph': 'Paragraph',
    'dara.components.common.progress_bar': 'ProgressBar',
    'dara.components.common.radio_group': 'RadioGroup RadioItem',
    'dara.components.common.select': 'Item ListSection Select',
    'dara.components.common.slider': 'Slider',
    'dara.components.common.spacer': 'Spacer',
    'dara.components.common.stack': 'Stack',
    'dara.components.common.switch': 'Switch',
    'dara.components.common.tabbed_card': 'Tab TabbedCard',
    'dara.components.common.table': 'Column Table TableAction TableFilter TableFormatterCompareCondition '
    'TableFormatterType',
    'dara.components.common.text': 'Text',
    'dara.components.common.textarea': 'Textarea',
    'dara.components.common.tooltip': 'Tooltip',
    'dara.components.common.utils': 'CarouselItem Item ItemBadge',
    'dara.components.graphs': 'ArrowType CausalGraphViewer CenterSymbol CircularLayout CustomLayout DEFAULT_LEGENDS '
    'DEFAULT_NODE_LEGENDS DirectionType EdgeConstraint EdgeLegend EditorMode FcoseLayout ForceAtlasLayout GraphLayout '
    'GraphLayoutType GroupingLayout LayeringAlgorithm Legend MarketingLayout Node NodeHierarchyBuilder NodeLegend '
    'NodeMeta PlanarLayout SpacerLegend SpringLayout TargetLocation TieringLayout TiersConfig VisualEdgeEncoder '
    'ZoomThresholds',
    'dara.components.graphs.components': 'CausalGraphViewer EdgeConstraint Node NodeHierarchyBuilder NodeMeta '
    'VisualEdgeEncoder',
    'dara.components.graphs.definitions': 'ArrowType CenterSymbol DEFAULT_LEGENDS DEFAULT_NODE_LEGENDS EdgeLegend '
    'EditorMode Legend NodeLegend SpacerLegend ZoomThresholds',
    'dara.components.graphs.graph_layout': 'CircularLayout CustomLayout DirectionType FcoseLayout ForceAtlasLayout '
    'GraphLayout GraphLayoutType GroupingLayout LayeringAlgorithm MarketingLayout PlanarLayout SpringLayout '
    'TargetLocation TieringLayout TiersConfig',
    'dara.components.smart': 'Chat CodeEditor DataSlicer DataSlicerModal HierarchySelector HierarchyViewer run_script',
    'dara.components.smart.chat': 'Chat',
    'dara.components.smart.code_editor': 'CodeEditor run_script',
    'dara.components.smart.data_slicer': 'DataSlicer DataSlicerModal FilterStatusButton',
    'dara.components.smart.hierarchy': 'HierarchyNode HierarchySelector HierarchyViewer Node',
    'dara.core.auth.base': 'AuthComponent AuthComponentConfig BaseAuthConfig RedirectResponse SessionRequestBody '
    'SuccessResponse TokenData TokenResponse',
    'dara.core.auth.basic': 'BasicAuthConfig DefaultAuthConfig MultiBasicAuthConfig',
    'dara.core.auth.oidc': 'OIDCAuthConfig',
    'dara.core.auth.oidc.config': 'OIDCAuthConfig',
    'dara.core.auth.session_store': 'AuthSessionBackend AuthSessionBackendFactory FileAuthSessionBackend '
    'InMemoryAuthSessionBackend auto_auth_session_backend',
    'dara.core.base_definitions': 'ActionImpl AnnotatedAction BaseCachePolicy BaseTask Cache CacheType '
    'DaraBaseModel KeepAllCachePolicy LruCachePolicy MostRecentCachePolicy NavigateOptions NonTabularDataError '
    'PendingTask RouterPath TTLCachePolicy TaskError TaskProgressUpdate TaskResult',
    'dara.core.data_utils': 'DataFactory FileStore get_cache_scope',
    'dara.core.definitions': 'ApiRoute BaseFallback ComponentInstance DEFAULT_ERROR_DESCRIPTION DEFAULT_ERROR_TITLE '
    'EndpointConfiguration ErrorHandlingConfig HttpMethod Page Session StyledComponentInstance Template '
    'TemplateRoute TemplateRouterContent TemplateRouterLink discover transform_raw_css',
    'dara.core.interactivity': 'ActionCtx AnyDataVariable AnyVariable ClientVariable Condition CopyToClipboard '
    'DataVariable DerivedDataVariable DerivedVariable DownloadContent DownloadContentImpl DownloadVariable '
    'LoopVariable NavigateTo NavigateToImpl NonDataVariable Notify Operator ReconnectException ResetVariables '
    'ServerVariable SideEffect StateVariable StreamEvent StreamVariable SwitchVariable TriggerVariable UpdateVariable '
    'UpdateVariableImpl UrlVariable Variable action',
    'dara.core.interactivity.actions': 'ActionContext ActionCtx ActionInputs BOUND_PREFIX BatchEnd BatchStart '
    'ComponentActionContext ComponentActionInputs CopyToClipboard DownloadContent DownloadContentImpl '
    'DownloadVariable Logout NavigateTo NavigateToImpl NotificationStatus Notify ResetVariables SideEffect '
    'TriggerVariable UpdateVariable UpdateVariableContext UpdateVariableImpl UpdateVariableInputs action '
    'assert_no_context generate_download_code',
    'dara.core.interactivity.any_data_variable': 'AnyDataVariable',
    'dara.core.interactivity.any_variable': 'AnyVariable',
    'dara.core.interactivity.client_variable': 'ClientVariable',
    'dara.core.interactivity.condition': 'Condition Operator',
    'dara.core.interactivity.data_variable': 'DataVariable',
    'dara.core.interactivity.derived_data_variable': 'DerivedDataVariable',
    'dara.core.interactivity.derived_variable': 'DerivedVariable',
    'dara.core.interactivity.filtering': 'ClauseQuery ColumnType FilterQuery Pagination QueryCombinator '
    'QueryOperator ValueQuery apply_filters clean_column_name coerce_to_filter_query infer_column_type parseISO',
    'dara.core.interactivity.loop_variable': 'LoopVariable',
    'dara.core.interactivity.non_data_variable': 'NonDataVariable',
    'dara.core.interactivity.plain_variable': 'Variable',
    'dara.core.interactivity.server_variable': 'DataResponse MemoryBackend ServerBackend ServerVariable '
    'append_index build_data_response',
    'dara.core.interactivity.state_variable': 'StateVariable',
    'dara.core.interactivity.stream_event': 'ReconnectException StreamEvent StreamEventType',
    'dara.core.interactivity.stream_variable': 'StreamVariable',
    'dara.core.interactivity.switch_variable': 'SwitchVariable',
    'dara.core.interactivity.url_variable': 'UrlVariable',
    'dara.core.logging': 'DaraDevFormatter DaraProdFormatter Logger LoggingMiddleware dev_logger eng_logger '
    'http_logger one_mb',
    'dara.core.router.components': 'Link MenuLink Navigate Outlet',
    'dara.core.router.router': 'BaseRoute HasChildRoutes IndexRoute LayoutRoute PageRoute PrefixRoute RouteData '
    'RouteMatch Router',
    'dara.core.visual.components.dynamic_component': 'DynamicComponent',
    'dara.core.visual.components.fallback': 'Fallback',
    'dara.core.visual.components.for_cmp': 'For',
    'dara.core.visual.components.match_cmp': 'Match',
    'dara.core.visual.components.menu': 'Menu',
    'dara.core.visual.components.menu_link': 'MenuLink',
    'dara.core.visual.components.progress_tracker': 'ProgressTracker',
    'dara.core.visual.components.raw_string': 'RawString',
    'dara.core.visual.components.router_content': 'RouterContent',
    'dara.core.visual.components.sidebar_frame': 'SideBarFrame',
    'dara.core.visual.components.theme_provider': 'ThemeProvider',
    'dara.core.visual.components.topbar_frame': 'TopBarFrame',
    'dara.core.visual.css': 'CSSProperties',
    'dara.core.visual.dynamic_component': 'PyComponentInstance py_component',
    'dara.core.visual.progress_updater': 'ProgressUpdater track_progress',
    'dara.core.visual.template': 'TemplateBuilder TemplateRouter',
    'dara.core.visual.themes': 'BaseTheme Dark Light ThemeDef',
    'dara.core.visual.themes.dark': 'Dark',
    'dara.core.visual.themes.definitions': 'BaseTheme ThemeColors ThemeDef ThemeFont ThemeShadows',
    'dara.core.visual.themes.light': 'Light',
}
"""The documented modules that only lead to names defined elsewhere, with their documented names."""

EXTENDED: Final[Mapping[str, str]] = {
    'dara.core': 'ActionCtx ActionImpl AnnotatedAction AnyDataVariable AnyVariable ApiRoute AssetManifest '
    'BaseAuthConfig BaseCachePolicy BaseFallback BaseRoute BaseTask BaseTaskMessage BaseTheme CSSProperties Cache '
    'CacheType CallableClassComponent ClientVariable ComponentInstance ComponentType Condition Configuration '
    'ConfigurationBuilder CopyToClipboard DEFAULT_ERROR_DESCRIPTION DEFAULT_ERROR_TITLE DaraBaseModel DataVariable '
    'DefaultAuthConfig DerivedDataVariable DerivedVariable DownloadContent DownloadContentImpl DownloadVariable '
    'DynamicComponent Encoder EndpointConfiguration ErrorHandlingConfig Fallback For HasChildRoutes HttpMethod '
    'IndexRoute InvalidComponent KeepAllCachePolicy LayoutRoute Link LoopVariable LruCachePolicy Match Menu MenuLink '
    'MostRecentCachePolicy Navigate NavigateOptions NavigateTo NavigateToImpl NonDataVariable NonTabularDataError '
    'Notify Operator Outlet Page PageRoute PendingTask PersistenceStore PoweredByCausalens PrefixRoute '
    'ProgressTracker ProgressUpdater PyComponentInstance RawString ReconnectException ResetVariables RouteData '
    'RouteMatch Router RouterContent RouterPath ScheduledJob ScheduledJobFactory ServerVariable Session SideBarFrame '
    'SideEffect StateVariable StreamEvent StreamVariable StyledComponentInstance SwitchVariable TTLCachePolicy '
    'TaskError TaskProgressUpdate TaskResult Template TemplateRoute TemplateRouterContent TemplateRouterLink ThemeDef '
    'ThemeProvider TopBarFrame TriggerVariable UpdateVariable UpdateVariableImpl UrlVariable Variable action '
    'auto_auth_session_backend convert_template_to_router discover get_icon py_component track_progress '
    'transform_raw_css',
    'dara.core.actions': 'DownloadContent DownloadContentImpl DownloadVariable NavigateTo NavigateToImpl Notify '
    'ResetVariables SideEffect TriggerVariable UpdateVariable UpdateVariableImpl',
    'dara.core.auth': 'AuthSessionBackend AuthSessionBackendFactory BasicAuthConfig FileAuthSessionBackend '
    'InMemoryAuthSessionBackend MultiBasicAuthConfig OIDCAuthConfig auth_router',
    'dara.core.auth.definitions': 'AUTH_COOKIE_KWARGS AuthCookieKwargs AuthError BAD_REQUEST_ERROR '
    'EXPIRED_TOKEN_ERROR ID_TOKEN INVALID_CREDENTIALS_ERROR INVALID_TOKEN_ERROR JWT_ALGO OTHER_AUTH_ERROR SESSION_ID '
    'SESSION_TOKEN_COOKIE_NAME UNAUTHORIZED_ERROR USER UserData UserGroup',
    'dara.core.configuration': 'Configuration ConfigurationBuilder',
    'dara.core.css': 'get_icon',
    'dara.core.http': 'delete get patch post put',
    'dara.core.persistence': 'BackendStore BackendStoreEntry BrowserStore DaraServerMessage FileBackend '
    'InMemoryBackend PersistenceBackend PersistenceStore QueryParamStore observe_backend_store',
    'dara.core.router': 'BaseRoute HasChildRoutes IndexRoute LayoutRoute Link MenuLink Navigate Outlet PageRoute '
    'PrefixRoute RouteData RouteMatch Router',
    'dara.core.visual.components': 'DynamicComponent Fallback For InvalidComponent Match Menu PoweredByCausalens '
    'ProgressTracker RawString RouterContent SideBarFrame ThemeProvider TopBarFrame',
    'dara.components.plotting': 'Bokeh Matplotlib Plotly figure_events set_default_bokeh_theme '
    'set_default_plotly_theme',
    'dara.components.plotting.bokeh': 'Bokeh dark_theme figure_events light_theme set_default_bokeh_theme',
    'dara.components.plotting.bokeh.themes': 'dark_theme light_theme',
    'dara.components.plotting.bokeh.utils': 'figure_events',
    'dara.components.plotting.matplotlib': 'Matplotlib',
    'dara.components.plotting.palettes': ' '.join(
        [
            f'{kind}{scheme}{size or ""}'
            for kind, largest in (('Categorical', 10), ('Sequential', 10), ('Polarising', 11))
            for scheme in ('Dark', 'Light')
            for size in range(largest + 1)
        ]
    ),
    'dara.components.plotting.plotly': 'Plotly dark_theme light_theme set_default_plotly_theme',
    'dara.components.plotting.plotly.themes': 'dark_theme light_theme',
    'dara.components': ' '.join(
        [
            *PATHS['dara.components.common'].split(),
            *PATHS['dara.components.graphs'].split(),
            *['Bokeh', 'Matplotlib', 'Plotly', 'figure_events', 'set_default_bokeh_theme', 'set_default_plotly_theme'],
            *PATHS['dara.components.smart'].split(),
            'BaseModel FilterStatusButton HierarchyNode Variable dark_theme light_theme',
        ]
    ),
}
"""The documented names of modules that have contents of their own."""


class Absence(NamedTuple):
    """A group of documented names that are not here yet.

    Attributes:
        topic: the heading of the group in the docs.
        names: the names, separated by spaces.
        instead: a sentence about the nearest thing that is here.
    """

    topic: str
    names: str
    instead: str


_GRAPHS: Final = 'Nearest: Image(src=...), with the graph as a picture, or a Table of its edges.'
_STREAMS: Final = 'Nearest: a Variable with a BackendStore, written by a task that config.on_startup starts.'
_FRAMES: Final = "Nearest: config.template = 'side' or 'top', or a layout with SideBarFrame and MenuLink."
_SESSIONS: Final = 'Nothing is needed instead: sessions are signed cookies, kept valid over restarts.'
_LOGIN: Final = 'Nearest: a subclass of BaseAuthConfig that overrides login, authenticate or guest.'
_ENDPOINTS: Final = 'Nearest: a function decorated with get, post, put, patch or delete of dara.core.http.'
_NOTHING: Final = 'It is a part of the inner workings of dara-core, and an app needs no replacement.'

ABSENT: Final = (
    Absence('Data', 'DataSlicer DataSlicerModal FilterStatusButton', 'Nearest: Table, with filters in its headings.'),
    Absence('Streams', 'ReconnectException StreamEvent StreamEventType StreamVariable', _STREAMS),
    Absence('Actions as objects', 'UpdateVariable UpdateVariableImpl', 'Nearest: variable.update(...), or an @action.'),
    Absence('Actions as objects', 'UpdateVariableContext UpdateVariableInputs', 'Nearest: an @action, with ctx.input.'),
    Absence('Actions as objects', 'ResetVariables', 'Nearest: variable.reset(), or ctx.reset_variables in an @action.'),
    Absence('Actions as objects', 'TriggerVariable', 'Nearest: derived.trigger(), or ctx.trigger in an @action.'),
    Absence('Actions as objects', 'NavigateTo NavigateToImpl', 'Nearest: Link(to=...), or ctx.navigate in an @action.'),
    Absence('Actions as objects', 'Notify', 'Nearest: ctx.notify in an @action.'),
    Absence('Actions as objects', 'Logout', 'Nearest: ctx.logout in an @action.'),
    Absence('Actions as objects', 'CopyToClipboard', 'Nearest: ctx.copy_to_clipboard in an @action.'),
    Absence('Actions as objects', 'DownloadContent DownloadContentImpl', 'Nearest: ctx.download_file in an @action.'),
    Absence('Actions as objects', 'DownloadVariable', 'Nearest: ctx.download_variable in an @action.'),
    Absence('Actions as objects', 'SideEffect', 'Nearest: an @action.'),
    Absence(
        'Actions as objects',
        'ActionContext ActionImpl ActionInputs AnnotatedAction ComponentActionContext ComponentActionInputs',
        'Nearest: an @action, whose function gets an ActionCtx.',
    ),
    Absence('Variables', 'ClientVariable NonDataVariable', 'Nearest: AnyVariable, the base class of all variables.'),
    Absence('Variables', 'LoopVariable', 'Nearest: variable.list_item.'),
    Absence('Variables', 'StateVariable', 'Nearest: derived.is_loading, derived.has_error and derived.has_value.'),
    Absence('Frames and menus', 'Menu Page RouterContent TemplateBuilder TemplateRouter Template', _FRAMES),
    Absence('Frames and menus', 'TemplateRoute TemplateRouterContent TemplateRouterLink', _FRAMES),
    Absence('Frames and menus', 'convert_template_to_router', 'Nearest: config.router.add_page(...).'),
    Absence(
        'Long tasks',
        'BaseTask PendingTask',
        'Nearest: DerivedVariable(run_as_task=True) with is_loading and has_error, or ctx.run_task(...) in an @action.',
    ),
    Absence('Long tasks', 'TaskResult', 'Nearest: what await ctx.run_task(...) returns.'),
    Absence(
        'Long tasks',
        'TaskError',
        'Nearest: what await ctx.run_task(...) raises: the error of the function, or JobFailed of dara.core.errors.',
    ),
    Absence('Long tasks', 'BaseTaskMessage', 'Nearest: TaskProgressUpdate, of ctx.run_task(..., on_progress=...).'),
    Absence('Long tasks', 'ScheduledJob ScheduledJobFactory', 'Nearest: a task that config.on_startup starts.'),
    Absence(
        'Uploads', 'DataFactory FileStore get_cache_scope', 'Nearest: FileBackend(path=...) of dara.core.persistence.'
    ),
    Absence('Components', 'BulletList', 'Nearest: Markdown, or For over a list.'),
    Absence('Components', 'Carousel CarouselItem', 'Nearest: TabbedCard with a Tab for each item.'),
    Absence('Components', 'Chat', 'Nearest: For over a shared list of messages, with an Input.'),
    Absence('Components', 'CodeEditor', 'Nearest: Textarea, or Code to show a program.'),
    Absence('Components', 'run_script', 'Nothing runs programs that a user has typed.'),
    Absence('Components', 'DropdownMenu MenuItem', 'Nearest: ButtonBar, or Select(onchange=...).'),
    Absence('Components', 'HierarchyNode HierarchySelector HierarchyViewer', 'Nearest: Accordion, or a Select.'),
    Absence('Components', 'HtmlRaw RawString', 'Nearest: Markdown, which escapes HTML.'),
    Absence('Components', 'LocalizedDate', "Nearest: Input(type='date', disabled=True), or a Table column."),
    Absence('Components', 'Overlay', 'Nearest: Modal(show=...).'),
    Absence(
        'Components',
        'BaseDashboardComponent ContentComponent FormComponent InteractiveComponent LayoutComponent LayoutError '
        'ModifierComponent BaseModel',
        'Nearest: ComponentInstance, the base class of all components.',
    ),
    Absence('Graphs', PATHS['dara.components.graphs'], _GRAPHS),
    Absence('Logins', 'OIDCAuthConfig', 'Nearest: BaseAuthConfig.authenticate, behind a proxy that logs users in.'),
    Absence('Logins', 'AuthComponent AuthComponentConfig RedirectResponse SessionRequestBody', _LOGIN),
    Absence('Logins', 'SuccessResponse TokenData TokenResponse UserGroup AuthError auth_router', _LOGIN),
    Absence('Logins', PATHS['dara.core.auth.session_store'], _SESSIONS),
    Absence('Logins', 'AUTH_COOKIE_KWARGS AuthCookieKwargs JWT_ALGO SESSION_TOKEN_COOKIE_NAME', _SESSIONS),
    Absence(
        'Logins',
        'BAD_REQUEST_ERROR EXPIRED_TOKEN_ERROR INVALID_CREDENTIALS_ERROR INVALID_TOKEN_ERROR OTHER_AUTH_ERROR '
        'UNAUTHORIZED_ERROR',
        _LOGIN,
    ),
    Absence('Endpoints', 'ApiRoute HttpMethod', _ENDPOINTS),
    Absence('Caches', 'BaseCachePolicy', 'Nearest: Cache.Policy.'),
    Absence('Caches', 'KeepAllCachePolicy', 'Nearest: Cache.Policy.KeepAll().'),
    Absence('Caches', 'LruCachePolicy', 'Nearest: Cache.Policy.LRU(max_size=...).'),
    Absence('Caches', 'MostRecentCachePolicy', 'Nearest: Cache.Policy.MostRecent().'),
    Absence('Caches', 'TTLCachePolicy', 'Nearest: Cache.Policy.TTL(ttl=...).'),
    Absence('Logs', PATHS['dara.core.logging'], "Nearest: logging.getLogger('dara') of Python."),
    Absence('Types', 'Encoder', 'Nearest: config.add_encoder(typ, serialize, deserialize).'),
    Absence('Models', 'DaraBaseModel', 'Nearest: BaseModel of pydantic.'),
    Absence(
        'Inner workings',
        'AssetManifest BOUND_PREFIX BackendStoreEntry BatchEnd BatchStart CallableClassComponent ComponentType '
        'DaraServerMessage DynamicComponent HasChildRoutes InvalidComponent PoweredByCausalens PyComponentInstance '
        'RouteData RouteMatch BaseRoute Session assert_no_context generate_download_code observe_backend_store '
        'transform_raw_css',
        _NOTHING,
    ),
)
"""The documented names that are not here yet, by topic."""


def absence(module: str, name: str) -> ImportError | AttributeError:
    """Return the error of a name that a module lacks: `NotHere` for a documented one."""
    for each in ABSENT:
        if name in each.names.split():
            return NotHere(f'{module}.{name} is not here yet. {each.instead}')
    return AttributeError(f'module {module!r} has no attribute {name!r}')
