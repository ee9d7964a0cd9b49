"""`ConfigurationBuilder` and endpoints, called as documented."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from dara.components import Button, Stack, Text
from dara.core import ComponentInstance, ConfigurationBuilder, EndpointConfiguration, SwitchVariable, Variable, action
from dara.core.asgi import create_app
from dara.core.auth import BasicAuthConfig
from dara.core.errors import InvalidDefinition
from dara.core.http import get, post
from dara.core.persistence import BackendStore


def an_app() -> ConfigurationBuilder:
    config = ConfigurationBuilder()
    config.add_page('Home', content=Text('home'), route='/')
    return config


def client_of(config: ConfigurationBuilder) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(create_app(config)), base_url='http://test')


class OfTheApp(ComponentInstance):
    """A component that JavaScript of the app would draw."""


@pytest.mark.parametrize(
    ('call', 'advice'),
    [
        (lambda config: config.add_ws_handler(kind='custom', handler=print), 'an @action or an endpoint'),
        (lambda config: config.add_context_component(Text('x')), r'config.router.add_layout\('),
        (lambda config: config.add_template_renderer('top', print), r'config.router.add_layout\('),
        (lambda config: config.add_module_dependency('dara.components', '@darajs/components'), 'is built already'),
        (lambda config: config.add_package_tags_processor(print), 'is built already'),
        (lambda config: config.add_registry_lookup({}), 'in the pages of the app'),
        (lambda config: config.scheduler(object()), r'config.on_startup\('),
        (lambda config: config.add_component(OfTheApp, local=True), 'a function that returns components'),
        (lambda config: config.add_action(OfTheApp), 'a function with @action'),
    ],
)
def test_documented_methods_without_a_counterpart_say_so(call: Callable[[Any], object], advice: str) -> None:
    with pytest.raises(InvalidDefinition, match=rf'^config\.\w+\(\.\.\.\) is not supported: [^\n]*{advice}'):
        call(an_app())


def test_classes_of_dara_may_be_added() -> None:
    """They are there without it."""
    config = an_app()
    assert config.add_component(Button) is Button
    assert config.add_action(action) is action
    assert config.build().levels


@pytest.mark.parametrize(
    ('name', 'neutral'),
    [
        ('enable_devtools', False),
        ('live_reload', False),
        ('powered_by_causalens', False),
        ('task_module', None),
        ('template_extra_js', ''),
        ('context_components', ()),
        ('scheduled_jobs', ()),
        ('registry_lookup', ()),
    ],
)
def test_documented_settings_can_be_read(name: str, neutral: object) -> None:
    config: Any = an_app()
    assert getattr(config, name) == neutral
    setattr(config, name, neutral)


def test_an_attribute_that_there_is_not_has_a_near_one() -> None:
    config: Any = an_app()
    with pytest.raises(AttributeError, match=r"no attribute 'add_pages'\. Did you mean 'add_page'"):
        config.add_pages('x', content=Text(''))
    assert not hasattr(config, 'qqq')
    assert hasattr(config, 'add_ws_handler')


def test_methods_return_what_they_were_given(tmp_path: Path) -> None:
    @get('x')
    def endpoint() -> str:
        return ''

    config, auth = an_app(), BasicAuthConfig('ann', 'pw')
    assert config.add_auth(auth) is auth
    assert config.add_endpoint(endpoint) is endpoint
    assert config.add_static_folder(tmp_path) == tmp_path
    assert config.build().auth is auth


async def test_start_up_functions_are_a_list() -> None:
    def connect() -> None: ...

    def load() -> None: ...

    config = an_app()
    config.on_startup(connect)
    assert config.startup_functions == [connect]
    config.startup_functions = [load]
    config.startup_functions.append(connect)
    assert config.build().startup == (load, connect)
    with pytest.raises(InvalidDefinition, match='on_startup takes a function'):
        config.startup_functions = ['load']  # type: ignore[list-item]


@pytest.mark.parametrize(
    ('call', 'theme'),
    [
        (lambda config: config.set_theme('dark'), 'dark'),
        (lambda config: config.set_theme(main_theme='light'), 'light'),
        (lambda config: config.set_theme(main_theme='dark', base_theme='light'), 'dark'),
        (lambda config: config.set_theme(base_theme='dark'), 'dark'),
        (lambda config: config.set_theme(Variable('dark')), 'dark'),
        (lambda config: config.set_theme(main_theme=Variable({'scheme': 'dark'}).get('scheme')), 'auto'),
    ],
)
def test_a_theme_is_a_name_or_a_variable(call: Callable[[ConfigurationBuilder], None], theme: str) -> None:
    config = an_app()
    call(config)
    assert config.build().theme == theme


async def test_the_first_paint_has_the_theme_of_the_variable() -> None:
    """The browser's own choice does not count then."""
    store = BackendStore()
    theme = Variable('dark', store=store)
    config = an_app()
    config.set_theme(main_theme=theme)
    async with client_of(config) as client:
        page = (await client.get('/')).text
        assert "let s;s??='dark'" in page
        assert '"theme":"dark"' in page
        await theme.write('light')
        assert "let s;s??='light'" in (await client.get('/')).text
        await theme.write('no theme')
        assert "let s;s??='dark'" in (await client.get('/')).text
    computed = an_app()
    computed.set_theme(SwitchVariable.when(Variable(True), 'dark', 'light'))
    async with client_of(computed) as client:
        assert "let s;s??='auto'" in (await client.get('/')).text


def test_a_page_resets_variables_before_its_own_actions() -> None:
    first, second = Variable(1), Variable(2, store=BackendStore())
    config = an_app()
    config.add_page('Reset', content=Text(first), reset_vars_on_load=[first, second], on_load=second.update(3))
    config.add_page('Load', content=Text(first), on_load=[first.update(5)])
    levels = config.build().levels
    assert [each['kind'] for each in levels['/reset'].on_load] == ['reset', 'reset', 'update']  # type: ignore[index, call-overload]
    assert [each['kind'] for each in levels['/load'].on_load] == ['update']  # type: ignore[index, call-overload]
    assert levels['/'].on_load == []
    with pytest.raises(InvalidDefinition, match='variables that can be reset'):
        config.add_page('Wrong', content=Text(''), reset_vars_on_load=['first'])  # type: ignore[list-item]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a folder `static`, as the current directory."""
    (tmp_path / 'static' / '.git').mkdir(parents=True)
    (tmp_path / 'static' / 'logo.svg').write_text('<svg/>')
    (tmp_path / 'static' / '.env').write_text('secret')
    (tmp_path / 'static' / '.git' / 'config').write_text('secret')
    (tmp_path / 'static' / 'link.txt').symlink_to(tmp_path / 'main.py')
    (tmp_path / 'main.py').write_text('secret')
    (tmp_path / '.env').write_text('secret')
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_the_folder_static_is_served(project: Path) -> None:
    async with client_of(an_app()) as client:
        assert (await client.get('/static/logo.svg')).text == '<svg/>'


@pytest.mark.usefixtures('project')
@pytest.mark.parametrize(
    'path',
    [
        '/main.py',
        '/.env',
        '/static/.env',
        '/static/.git/config',
        '/static/link.txt',
        '/static/',
        '/static/%2e%2e/main.py',
    ],
)
async def test_nothing_else_of_the_project_is_served(path: str) -> None:
    async with client_of(an_app()) as client:
        answer = await client.get(path)
    assert answer.status_code == 404
    assert 'secret' not in answer.text


async def test_folders_that_were_added_come_first(project: Path) -> None:
    for folder, text in (('one', 'of one'), ('two', 'of two')):
        (project / folder).mkdir()
        (project / folder / 'logo.svg').write_text(text)
    (project / 'two' / 'other.txt').write_text('other')
    (project / 'static' / 'other.txt').write_text('hidden by two')
    (project / 'static' / 'own.txt').write_text('own')
    config = an_app()
    config.add_static_folder('one')
    config.add_static_folder('two')
    async with client_of(config) as client:
        names = ('logo.svg', 'other.txt', 'own.txt')
        assert [(await client.get(f'/static/{name}')).text for name in names] == ['of one', 'other', 'own']
    again = an_app()
    again.add_static_folder('static')
    assert len(again.build().static_folders) == 1


async def test_files_need_a_login_as_pages_do(project: Path) -> None:
    config = an_app()
    config.add_auth(BasicAuthConfig('ann', 'pw'))
    async with client_of(config) as client:
        assert (await client.get('/static/logo.svg')).status_code == 401


async def test_a_link_named_static_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / 'private').mkdir()
    (tmp_path / 'app').mkdir()
    (tmp_path / 'private' / 'key.txt').write_text('secret')
    (tmp_path / 'app' / 'static').symlink_to(tmp_path / 'private')
    monkeypatch.chdir(tmp_path / 'app')
    async with client_of(an_app()) as client:
        assert (await client.get('/static/key.txt')).status_code == 404
    assert "config.add_static_folder('static')" in caplog.text


@pytest.mark.usefixtures('project')
def test_a_page_may_not_hide_among_the_files() -> None:
    config = an_app()
    config.router.add_page(path='static/page', content=Text(''))
    with pytest.raises(InvalidDefinition, match='files are below /static/'):
        config.build()


class Greetings(EndpointConfiguration):
    """Settings with a default."""

    country: str

    @classmethod
    def default(cls) -> Greetings:
        return cls(country='the UK')


class Paths(EndpointConfiguration):
    """Settings that an app has to give."""

    root: str


@get('/greetings/{name}')
def greetings(name: str, config: Greetings) -> str:
    return f'{name} from {config.country}'


@post('/paths')
def paths(settings: Paths, body: dict[str, int]) -> list[Any]:
    return [settings.root, body]


async def test_endpoints_get_the_settings_of_the_app() -> None:
    config = an_app()
    config.add_endpoint(greetings)
    config.add_endpoint(paths)
    with pytest.raises(InvalidDefinition, match=r'paths\(\) needs Paths; call config.add_configuration\(Paths'):
        config.build()
    assert config.add_configuration(Paths(root='/a')) == Paths(root='/a')
    config.add_configuration(Paths(root='/data'))
    async with client_of(config) as client:
        assert (await client.get('/api/greetings/Ann')).text == 'Ann from the UK'
        assert (await client.post('/api/paths', json={'body': {'n': 1}})).json() == ['/data', {'n': 1}]
    config.add_configuration(Greetings(country='Peru'))
    async with client_of(config) as client:
        assert (await client.get('/api/greetings/Ann')).text == 'Ann from Peru'
    with pytest.raises(InvalidDefinition, match='takes an EndpointConfiguration'):
        config.add_configuration({'country': 'Peru'})  # type: ignore[type-var]


@pytest.mark.parametrize('declared', ['custom/', '/custom', 'custom'])
@pytest.mark.parametrize('requested', ['/api/custom', '/api/custom/'])
async def test_a_slash_at_the_end_of_an_address_does_not_count(declared: str, requested: str) -> None:
    config = an_app()
    config.add_auth(BasicAuthConfig('ann', 'pw'))
    config.add_endpoint(get(declared, authenticated=False)(lambda: 'Hello World'))
    async with client_of(config) as client:
        assert (await client.get(requested)).text == 'Hello World'
        assert (await client.get(f'{requested}/more')).status_code == 401


def test_dependencies_cannot_be_injected() -> None:
    with pytest.raises(InvalidDefinition, match=r'^@get: dependencies=.* cannot be injected; call the function'):
        get('x', dependencies=[print])
    with pytest.raises(InvalidDefinition, match='cannot be injected'):
        get('x', False)  # type: ignore[arg-type]
    assert get('x', [], authenticated=False)(print).authenticated is False


class Depends:
    """The marker of another web framework."""

    __module__ = 'fastapi.params'


DEPENDS = Depends()


def test_markers_of_another_framework_are_not_passed_on() -> None:
    def handler(user: Any = DEPENDS) -> Any:
        return user

    with pytest.raises(InvalidDefinition, match=r'handler\(\): user=.* cannot be injected'):
        get('x')(handler)


def test_the_documented_templates_are_there() -> None:
    for name, template in (('default', 'side'), ('top-menu', 'top')):
        config = an_app()
        config.template = name
        assert config.build().template == template


def test_content_of_add_page_is_a_component_or_a_function() -> None:
    config = an_app()
    config.add_page('Stack', Stack(Text('x')), 'House', 'stack', False)
    assert not config.build().routes[1].in_menu
