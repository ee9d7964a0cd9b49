"""The pages for logging in and out, and those of failures, as HTML that works without scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final, TypeAlias

from dara.core import _messages as messages
from dara.core._looks import Looks
from dara.core.configuration import Theme


@dataclass(frozen=True, slots=True)
class Look:
    """The appearance of the pages: all but the nonce is the app's."""

    title: str
    theme: Theme
    looks: Looks
    nonce: str = ''

    def with_nonce(self, nonce: str) -> Look:
        return replace(self, nonce=nonce)


Draw: TypeAlias = Callable[[Look], str]


def form(look: Look, action: str, to: str, name: str, error: str) -> str:
    """Return the login page, with the reason for which the previous attempt failed."""
    alert = f'<p id="error" class="error" role="alert">{escape(error)}</p>' if error else ''
    state = ' aria-invalid="true" aria-describedby="error"' if error else ''
    focus = ('', ' autofocus') if name else (' autofocus', '')
    return _page(
        look,
        messages.LOG_IN,
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="next" value="{escape(to)}">'
        f'<label for="name">{escape(messages.NAME)}</label><input id="name" name="name" value="{escape(name)}" '
        'required maxlength="256" '
        f'autocomplete="username" autocapitalize="none" spellcheck="false"{state}{focus[0]}>'
        f'<label for="password">{escape(messages.PASSWORD)}</label>'
        '<input id="password" name="password" type="password" required '
        f'autocomplete="current-password"{state}{focus[1]}>'
        # Below everything else, so that nothing moves.
        f'<button>{escape(messages.LOG_IN)}</button>{alert}</form>',
    )


def logout_question(look: Look, action: str, home: str) -> str:
    """Return the page that asks for confirmation, for visitors from another site."""
    return _page(
        look,
        messages.LOG_OUT_QUESTION,
        f'<form method="post" action="{escape(action)}"><button>{escape(messages.LOG_OUT)}</button></form>'
        f'<p class="aside"><a href="{escape(home)}">{escape(messages.STAY_LOGGED_IN)}</a></p>',
    )


def unknown_user(look: Look) -> str:
    """Return the page for visitors that the proxy in front of the app has not identified."""
    return _page(look, messages.NOT_LOGGED_IN, f'<p>{escape(messages.LOG_IN_AT_PROXY)}</p>')


def failure(look: Look, heading: str, reason: str, home: str, trace: str, *, is_temporary: bool) -> str:
    """Return the page of a request that was refused, or that has failed, for instance with a traceback."""
    again = f'<a href="">{escape(messages.TRY_AGAIN)}</a> ' if is_temporary else ''
    return _page(
        look,
        heading,
        (f'<p>{escape(reason)}</p>' if reason else '')
        + (f'<pre>{escape(trace)}</pre>' if trace else '')
        + f'<p class="aside">{again}<a href="{escape(home)}">{escape(messages.TO_FIRST_PAGE)}</a></p>',
    )


def headers(nonce: str, embedders: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers of these pages; `embedders` are the origins that may show them in a frame."""
    policy = (
        "default-src 'none'",
        f"script-src 'nonce-{nonce}'",
        f"style-src 'nonce-{nonce}'",
        'img-src data:',
        "base-uri 'none'",
        "form-action 'self'",
        ' '.join(['frame-ancestors', *(embedders or ["'none'"])]),
    )
    return {
        'Content-Security-Policy': '; '.join(policy),
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
        'Referrer-Policy': 'same-origin',
    }


def _page(look: Look, heading: str, content: str) -> str:
    title, heading, looks = escape(look.title), escape(heading), look.looks
    logo = f'<img src="{escape(looks.login_logo)}" alt="">' if looks.login_logo else ''
    name = escape(looks.name) if logo else title
    scheme = 'light dark' if look.theme == 'auto' else look.theme
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{heading} · {title}</title><link rel="icon" href="{escape(looks.login_favicon)}">'
        f'<style nonce="{look.nonce}">:root{{color-scheme:{scheme}}}{_STYLE}{looks.login_css}</style>'
        f'<script nonce="{look.nonce}">{_COLOR_SCHEME}</script></head>'
        f'<body><main><p class="app">{logo}{name}</p><h1>{heading}</h1>{content}</main></body></html>'
    )


# The user's choice in the app's header, applied before the first paint.
_COLOR_SCHEME: Final = (
    "let s;try{s=localStorage.getItem('mantine-color-scheme-value')}catch{}"
    "if(s)document.documentElement.style.colorScheme=s==='auto'?'light dark':s"
)

# The colours and sizes of client/src/view/base.css and theme.ts.
_STYLE: Final = """
:root {
  --text: light-dark(#23211d, #e6e5e1);
  --dimmed: light-dark(#66615a, #a6a49e);
  --surface: light-dark(#fff, #1c1f21);
  --line: light-dark(#e6e2da, #2b2f32);
  --edge: light-dark(#8d867b, #757b7f);
  --primary: light-dark(#176859, #83c5b5);
  --fill: light-dark(#176859, #1f7f6c);
  --fill-hover: light-dark(#125448, #176859);
  --bad: light-dark(#b53832, #f0716b);
  --on-fill: #fff;
  --radius: 9px;
  --font: system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Helvetica Neue", Arial,
    sans-serif;
}
* { box-sizing: border-box }
body {
  display: grid;
  min-height: 100svh;
  margin: 0;
  padding: clamp(1.5rem, 16svh, 11rem) 1rem 1.5rem;
  place-items: start center;
  background: light-dark(#f8f7f4, #141618);
  color: var(--text);
  font: 1rem/1.55 var(--font);
  -webkit-font-smoothing: antialiased;
}
main {
  width: min(23rem, 100%);
  padding: 2rem;
  border: 1px solid var(--line);
  border-radius: 14px;
  background: var(--surface);
  box-shadow: 0 1px 2px light-dark(rgb(60 50 30 / 4%), rgb(0 0 0 / 30%)),
    0 6px 20px -8px light-dark(rgb(60 50 30 / 8%), transparent);
}
.app { display: flex; align-items: center; gap: .6rem; margin: 0 0 .2rem; color: var(--dimmed) }
.app { font-size: .875rem; font-weight: 550; overflow-wrap: anywhere }
img { max-width: 10rem; max-height: 2rem }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; font-weight: 650; line-height: 1.25; letter-spacing: -.02em }
p { margin: 0 }
form { display: grid }
label { margin-bottom: .35rem; font-size: .875rem; font-weight: 550 }
input {
  width: 100%;
  height: 2.5rem;
  margin-bottom: 1.1rem;
  padding: 0 .75rem;
  border: 1px solid var(--edge);
  border-radius: var(--radius);
  background: var(--surface);
  color: inherit;
  font: inherit;
}
input:focus-visible {
  border-color: var(--primary);
  outline: 2px solid color-mix(in srgb, var(--primary) 32%, transparent);
}
button {
  height: 2.5rem;
  margin-top: .4rem;
  border: 0;
  border-radius: var(--radius);
  background: var(--fill);
  color: var(--on-fill);
  font: inherit;
  font-size: .9375rem;
  font-weight: 600;
  cursor: pointer;
}
button:hover { background: var(--fill-hover) }
button:focus-visible, a:focus-visible { outline: 2px solid var(--primary); outline-offset: 2px }
a { color: var(--primary) }
.aside { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: 1.1rem; font-size: .9375rem }
main:has(pre) { width: min(60rem, 100%) }
pre { margin: 1.1rem 0 0; padding: .8rem; border: 1px solid var(--line); border-radius: var(--radius); overflow: auto }
pre { font-size: .8125rem }
.error {
  margin-top: 1.1rem;
  padding: .6rem .8rem;
  border-radius: var(--radius);
  background: color-mix(in srgb, var(--bad) 10%, transparent);
  color: var(--bad);
  font-size: .875rem;
  line-height: 1.45;
}
@media (max-width: 30em) { main { padding: 1.5rem 1.25rem } }
"""
