/** The entry point: it starts the app in this tab and draws it. */

import { startTransition } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app'
import type { Page } from './fragments'
import { Location } from './pages/location'
import { Router } from './pages/router'
import { preload } from './view/render'
import { Shell } from './view/shell'
import { tolerateTranslators } from './view/translators'

tolerateTranslators()
const page = JSON.parse(document.getElementById('dara-page')?.textContent ?? '') as Page
// At the root of the app the server shows the default page, which has an address of its own.
const { pathname, search, hash } = window.location
if (pathname.replace(/\/$/, '') === page.base && page.path !== '/')
  history.replaceState(history.state, '', page.base + page.path + search + hash)
const location = new Location(page.routes, page.base)
const app = new App(page, location)
const router = new Router(app, location, preload)
const root = createRoot(document.getElementById('dara-root') as HTMLElement)

app.start()
const firstPage = router.start()
// As a transition, a large page is drawn in slices, between which the browser can do other work.
const draw = () => startTransition(() => root.render(<Shell app={app} router={router} />))
// Draw the page once, when its code is loaded. A page with `on_load` actions is drawn at once: its frame shows meanwhile.
if (Object.values(page.levels).some((level) => level.on_load.length > 0)) draw()
else void firstPage.then(draw)
