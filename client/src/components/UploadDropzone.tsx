import './UploadDropzone.css'
import { type DragEvent, useContext, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { runAction } from '../app/actions'
import { bytesOf, UPLOAD } from '../messages/upload'
import { Glyph, IconButton } from '../view/iconButton'
import { type ComponentProps, FragmentContext, useApp, useFlag, useNumber, useString, useText } from '../view/react'
import { useStyle } from '../view/style'
import { pastedFiles } from './lib/pastedFiles'
import type { Receiver } from './lib/upload'
import { kindsOf, type Rules, refusalOf } from './lib/uploadRules'
import { type Item, Uploads } from './lib/uploads'

const CROSS = { d: 'M5 5l10 10M15 5L5 15' }
const AGAIN = { d: 'M15.5 8A6 6 0 1 0 16 11M16 4v4h-4' }
const TRAY = 'M10 13V4M6.5 7.5 10 4l3.5 3.5M4 12.5V15a1.5 1.5 0 0 0 1.5 1.5h9A1.5 1.5 0 0 0 16 15v-2.5'

export default function UploadDropzone({ node }: ComponentProps) {
  const box = useStyle(node)
  const label = useText(node, 'label')
  const takesPastes = useFlag(node, 'enable_paste') === true
  const rules: Rules = {
    accept: useString(node, 'accept') ?? '',
    maxSize: useNumber(node, 'max_size') ?? Number.POSITIVE_INFINITY,
    maxFiles: useNumber(node, 'max_files') ?? 1,
  }
  const uploads = useUploads(node)
  const items = useSyncExternalStore(uploads.subscribe, uploads.get)
  const announcement = useSyncExternalStore(uploads.announcement.subscribe, uploads.announcement.get)
  const [isOver, over] = useDrop((files) => uploads.add(files, rules))
  const root = useRef<HTMLDivElement>(null)
  const input = useRef<HTMLInputElement>(null)
  usePaste(takesPastes, root, rules, (files) => uploads.add(files, rules))
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has looks of its own
    <div
      {...box}
      ref={root}
      className="dara-upload"
      role="group"
      aria-label={label ?? UPLOAD.name}
      data-pastes={takesPastes || undefined}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the button inside does the same */}
      <div
        className="dara-upload-zone"
        data-over={isOver || undefined}
        {...over}
        onClick={() => input.current?.click()}
      >
        <Glyph d={TRAY} size={26} strokeWidth={1.3} />
        {label !== null && <strong>{label}</strong>}
        <span>
          {UPLOAD.drop(rules.maxFiles)} <button type="button">{UPLOAD.choose(rules.maxFiles)}</button>
        </span>
        <small>
          {UPLOAD.kinds(kindsOf(rules.accept), rules.maxSize, rules.maxFiles)}
          {takesPastes && <span>. {UPLOAD.paste}</span>}
        </small>
        <input
          ref={input}
          type="file"
          hidden
          accept={rules.accept}
          multiple={rules.maxFiles > 1}
          onClick={(event) => event.stopPropagation()}
          onChange={({ currentTarget }) => {
            uploads.add([...(currentTarget.files ?? [])], rules)
            currentTarget.value = '' // the same file can be chosen again
          }}
        />
      </div>
      {items.length > 0 && (
        <ul aria-label={UPLOAD.files}>
          {items.map((item) => (
            <Row key={item.id} item={item} uploads={uploads} rules={rules} />
          ))}
        </ul>
      )}
      <div className="dara-upload-said" role="status">
        {announcement}
      </div>
    </div>
  )
}

function Row({ item, uploads, rules }: { item: Item; uploads: Uploads; rules: Rules }) {
  const { upload } = item
  const { state, sent, problem } = useSyncExternalStore(upload.subscribe, upload.get)
  const { name, size } = upload.file
  const percent = size === 0 ? 0 : Math.floor((100 * sent) / size)
  const shown = state === 'sending' ? UPLOAD.of(sent, size) : null
  return (
    <li data-state={state}>
      <span className="dara-upload-name" title={name}>
        {name}
      </span>
      <span className="dara-upload-state">{problem ?? shown ?? (state === 'cancelled' ? '' : UPLOAD[state])}</span>
      <span className="dara-upload-size">{bytesOf(size)}</span>
      <span className="dara-upload-buttons">
        {state === 'failed' && refusalOf(upload.file, rules) === null && (
          <IconButton label={UPLOAD.retry(name)} glyph={AGAIN} onClick={() => uploads.retry(item, rules)} />
        )}
        {state !== 'processing' && (
          <IconButton
            label={upload.isOpen ? UPLOAD.cancel(name) : UPLOAD.remove(name)}
            glyph={CROSS}
            onClick={() => uploads.remove(item)}
          />
        )}
      </span>
      {(upload.isOpen || state === 'processing') && (
        <div
          className="dara-upload-bar"
          role="progressbar"
          aria-label={UPLOAD.progress(name)}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          style={{ '--dara-progress': `${percent}%` } as object}
        />
      )}
    </li>
  )
}

/** Return the uploads of a field. Those that the server does not have completely end with it, or with the page. */
function useUploads(node: ComponentProps['node']): Uploads {
  const app = useApp()
  const of = useContext(FragmentContext)?.slot ?? null
  const present = useRef({ node, of })
  useLayoutEffect(() => {
    present.current = { node, of }
  })
  const [uploads] = useState(() => {
    const receiver: Receiver = {
      begin: ({ name, size, type }) =>
        app.calls.startWhenPossible({ target: present.current.node.id, of: present.current.of }, [], () => [
          { value: { name, size, type } },
        ]),
      finish: async (upload) => {
        const { node, of } = present.current
        for (const action of node.actions.on_drop ?? []) await runAction(action, { upload }, of, app)
      },
      whenPossible: async (signal) => {
        while (!app.calls.isPossible(present.current.of, [])) {
          await new Promise<void>((resolve) => {
            app.calls.whenChanged(resolve)
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
          signal.throwIfAborted()
        }
      },
      addressOf: (upload) => `${app.page.base}/_dara/upload/${upload}`,
    }
    return new Uploads(receiver)
  })
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => uploads.hasOpen && event.preventDefault()
    const end = () => uploads.cancelAll()
    window.addEventListener('beforeunload', warn)
    window.addEventListener('pagehide', end)
    return () => {
      window.removeEventListener('beforeunload', warn)
      window.removeEventListener('pagehide', end)
      end()
    }
  }, [uploads])
  return uploads
}

/** Return whether files are held over an element, and the element's handlers. */
function useDrop(take: (files: File[]) => void) {
  const [depth, setDepth] = useState(0) // the elements inside are entered and left, too
  const guarded = (handle: () => void) => (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return
    event.preventDefault()
    handle()
  }
  return [
    depth > 0,
    {
      onDragEnter: guarded(() => setDepth((count) => count + 1)),
      onDragLeave: guarded(() => setDepth((count) => Math.max(0, count - 1))),
      onDragOver: guarded(() => {}),
      onDrop: (event: DragEvent) => {
        const files = [...event.dataTransfer.files]
        guarded(() => setDepth(0))(event)
        if (files.length > 0) take(files)
      },
    },
  ] as const
}

/** Take what is pasted into the page, except into its text fields. Of several such fields, the focused or first one. */
function usePaste(
  isEnabled: boolean,
  root: { readonly current: HTMLElement | null },
  { accept }: Rules,
  take: (files: File[]) => void,
): void {
  const latest = useRef({ accept, take })
  useLayoutEffect(() => {
    latest.current = { accept, take }
  })
  useEffect(() => {
    if (!isEnabled) return
    const paste = (event: ClipboardEvent) => {
      const fields = [...document.querySelectorAll('.dara-upload[data-pastes]')]
      const chosen = fields.find((field) => field.contains(document.activeElement)) ?? fields[0]
      if (chosen !== root.current) return
      const files = pastedFiles(event, latest.current.accept)
      if (files.length === 0) return
      event.preventDefault()
      latest.current.take(files)
    }
    document.addEventListener('paste', paste)
    return () => document.removeEventListener('paste', paste)
  }, [isEnabled, root])
}
