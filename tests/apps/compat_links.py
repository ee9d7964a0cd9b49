"""Links with the attributes that links of HTML have."""

from dara.components import Button, Heading, Stack, Text
from dara.core import ConfigurationBuilder, If, Variable
from dara.core.visual.components import Link, MenuLink, Navigate, Outlet, RouterPath, SideBarFrame

slug = Variable('first post')
is_leaving = Variable(False)


def links():
    return SideBarFrame(
        side_bar=Stack(
            MenuLink('Exact', to='/blog'),
            MenuLink('Below', to='/blog', end=False),
            MenuLink('Exact case', to='/BLOG', case_sensitive=True),
            MenuLink('Any case', to='/BLOG'),
            Link('Styled', to='/blog', active_css={'font-style': 'italic'}, inactive_css='opacity: 0.5', padding=7),
        ),
        content=Outlet(),
        raw_css={'--of-app': 'yes'},
        id_='frame',
    )


config = ConfigurationBuilder()
layout = config.router.add_layout(content=links)
layout.add_page(
    path='',
    content=Stack(
        Heading('Home'),
        Link('Window', to='https://example.com', target='other', rel='nofollow', referrer_policy='no-referrer'),
        Link('New tab', to='/blog', target='_blank'),
        Link('File', to='/blog', download='blog.html'),
        Link('Any file', to='/blog', download=True),
        Link('In place', to='/blog', replace=True),
        Link('Query', to=RouterPath('/blog/:slug/edit', search='year=2026', hash='end', params={'slug': slug})),
        Link('Same page', to=RouterPath(search='?year=2027')),
        Link('Away', to='/away'),
        Link('In place, away', to='/away-in-place'),
        Button('Leave', onclick=is_leaving.update(True)),
        If(is_leaving, Navigate(to=RouterPath('/blog/:slug/edit', params={'slug': slug}))),
    ),
)
layout.add_page(path='blog', content=Heading('Blog'))
layout.add_page(
    path='blog/:slug/edit',
    content=lambda slug: Stack(
        Heading(slug),
        Link('Up the routes', to='..'),
        Link('Up the path', to='..', relative='path'),
        Link('Beside', to='../../other', relative='path'),
        Text('the end', id_='end'),
    ),
)
layout.add_page(path='away', content=lambda: Stack(Text('Leaving'), Navigate('/blog')))
layout.add_page(path='away-in-place', content=Navigate('/blog', replace=True))
