import { createRoot } from 'react-dom/client'
import { App } from './app'
import type { Page } from './protocol'
import { preload } from './render'
import { Shell } from './shell'

const page = JSON.parse(document.getElementById('dara-page')?.textContent ?? '') as Page
const app = new App(page)
const root = createRoot(document.getElementById('dara-root') as HTMLElement)
const draw = () => root.render(<Shell app={app} />)

app.start()
// No top-level await: the components' chunks import this one, and would wait for it for ever.
// A chunk that cannot be fetched is tried again when it is drawn.
preload(page.content).then(draw, draw)
