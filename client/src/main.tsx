import { createRoot } from 'react-dom/client'
import { App } from './app/app'
import { Location } from './pages/location'
import { Router } from './pages/router'
import type { Page } from './protocol'
import { preload } from './view/render'
import { Shell } from './view/shell'
import { tolerateTranslators } from './view/translators'

tolerateTranslators()
const page = JSON.parse(document.getElementById('dara-page')?.textContent ?? '') as Page
// The root of the app shows its default page, which has an address of its own.
const { pathname, search, hash } = window.location
if (pathname.replace(/\/$/, '') === page.base && page.path !== '/')
  history.replaceState(history.state, '', page.base + page.path + search + hash)
const location = new Location(page.routes, page.base)
const app = new App(page, location)
const router = new Router(app, location, preload)
const root = createRoot(document.getElementById('dara-root') as HTMLElement)

app.start()
// No top-level await: the components' chunks import this one, and would wait for it for ever.
const isThere = router.start()
const draw = () => root.render(<Shell app={app} router={router} />)
// A page whose code is there is drawn at once and whole; what else it waits for is shown with a frame around it.
if (Object.values(page.levels).some((level) => level.on_load.length > 0)) draw()
else void isThere.then(draw)
