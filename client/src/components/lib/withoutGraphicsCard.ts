/**
 * Figures of plotly in browsers without a graphics card. WebGL is computed by the processor then, or missing: 100,000 points
 * of a scattergl trace block the page for seconds. Here, the points and lines of such traces are drawn on a canvas instead.
 * plotly still does everything else: axes, hovering, selections, and what the points are. It takes the drawing objects that
 * it finds in the scene of a subplot: they have the interface of regl-scatter2d and regl-line2d.
 */

import { tracePath } from './scatterLines'
import { drawPoints } from './scatterPixels'
import { Drawing, type Numbers, type Options, type Trace } from './scatterTraces'

/** The state of a subplot with scattergl traces in plotly; options are by trace. */
interface Scene {
  dirty: boolean
  fillOptions: Options[]
  errorXOptions: Options[]
  errorYOptions: Options[]
  textOptions: Options[]
  markerOptions: Options[]
  scatter2d: unknown
  line2d: unknown
  select2d: unknown
  draw(): void
}

interface Subplot {
  _scene?: Scene
}

interface GraphicsLayer {
  regl?: unknown
  pick: boolean
}

interface Graph extends HTMLElement {
  _fullData: { type: string; _module?: Module }[]
  _context: { plotGlPixelRatio: number }
  _fullLayout: {
    width: number
    height: number
    _plots: Record<string, Subplot>
    _glcanvas: { each(use: (this: HTMLCanvasElement, layer: GraphicsLayer) => void): void }
    _glcontainer: { node(): HTMLElement }
  }
}

interface Module {
  categories: string[]
  plot?: (graph: Graph, subplot: Subplot, traces: unknown) => void
}

/** The layers, by their scenes and by their canvases. */
const LAYERS = new WeakMap<Scene | Element, Layer>()
let preparation: Promise<void> | null = null

/** The names of the renderers of WebGL that compute on the processor. */
const ON_THE_PROCESSOR = /swiftshader|llvmpipe|softpipe|software|basic render/i

/** Return whether WebGL would be computed by the processor, or is missing. */
function lacksGraphicsCard(): boolean {
  const context = document.createElement('canvas').getContext('webgl', { failIfMajorPerformanceCaveat: true })
  if (!context) return true
  const names = context.getExtension('WEBGL_debug_renderer_info')
  const renderer = String(context.getParameter(names ? names.UNMASKED_RENDERER_WEBGL : context.RENDERER))
  context.getExtension('WEBGL_lose_context')?.loseContext()
  return ON_THE_PROCESSOR.test(renderer)
}

/** Have plotly draw scattergl traces on a canvas from now on, if the browser has no graphics card. */
export function prepare(): Promise<void> {
  preparation ??= lacksGraphicsCard() ? replaceDrawing() : Promise.resolve()
  return preparation
}

async function replaceDrawing(): Promise<void> {
  const place = document.createElement('div') as unknown as Graph
  await globalThis.Plotly.react(place, [{ type: 'scattergl', visible: false }], {}, {})
  const module = place._fullData[0]?._module
  const plot = module?.plot
  if (module && plot)
    module.plot = (graph, subplot, traces) => {
      takeOver(graph, subplot)
      plot.call(module, graph, subplot, traces)
    }
  globalThis.Plotly.purge(place)
}

/** Have a subplot drawn on a canvas, or by plotly if it has anything else than round points and lines. */
function takeOver(graph: Graph, { _scene: scene }: Subplot): void {
  if (!scene) return
  const layer = LAYERS.get(scene)
  if (isDrawable(graph)) {
    graph._fullLayout._glcanvas.each(function (each) {
      if (!each.pick) each.regl ??= new NoWebGl(this)
    })
    if (!layer) LAYERS.set(scene, new Layer(graph, scene))
  } else if (layer) {
    layer.release()
    LAYERS.delete(scene)
  }
}

function isDrawable({ _fullData, _fullLayout }: Graph): boolean {
  const others = _fullData.filter(({ type, _module }) => type !== 'scattergl' && _module?.categories.includes('regl'))
  const scenes = Object.values(_fullLayout._plots).flatMap(({ _scene }) => _scene ?? [])
  let hasWebGl = false
  _fullLayout._glcanvas.each(({ regl }) => {
    hasWebGl ||= regl !== undefined && !(regl instanceof NoWebGl)
  })
  return others.length === 0 && !hasWebGl && scenes.every(isOfPointsAndLines)
}

function isOfPointsAndLines(scene: Scene): boolean {
  const { fillOptions, errorXOptions, errorYOptions, textOptions, markerOptions } = scene
  if (![fillOptions, errorXOptions, errorYOptions, textOptions, markerOptions].every(Array.isArray)) return false
  const rest = [...fillOptions, ...errorXOptions, ...errorYOptions, ...textOptions]
  return rest.every((each) => !each) && markerOptions.every(isRound)
}

/** Return whether all points of a trace have the symbol that plotly names by nothing, a circle. */
function isRound(options: Options): boolean {
  const symbols = options?.markers as unknown[] | undefined
  return !options?.marker && (!symbols || symbols.every((each) => !each))
}

/** The part of WebGL for which plotly asks, where there is none. */
class NoWebGl {
  readonly _gl: { readonly drawingBufferWidth: number; readonly drawingBufferHeight: number }
  readonly #canvas: HTMLCanvasElement

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this._gl = {
      get drawingBufferWidth() {
        return canvas.width
      },
      get drawingBufferHeight() {
        return canvas.height
      },
    }
  }

  preloadCachedCode() {}
  destroy() {}

  /** Clear all subplots. plotly goes on with drawing those that have points. */
  clear() {
    for (const each of this.#canvas.parentElement?.children ?? []) LAYERS.get(each)?.clear()
  }
}

/** The canvas of a subplot, and what draws on it. */
class Layer {
  readonly #graph: Graph
  readonly #scene: Scene
  readonly #draw: () => void
  readonly #canvas = document.createElement('canvas')
  readonly #context = this.#canvas.getContext('2d') as CanvasRenderingContext2D
  /** The canvas of points, to be drawn over the other one. */
  readonly #points = document.createElement('canvas')
  #picture: ImageData | null = null
  #corner = { x: 0, y: 0 }
  #frame: number | null = null
  /** Nothing has been drawn since the canvas was cleared. */
  #isClear = true

  constructor(graph: Graph, scene: Scene) {
    this.#graph = graph
    this.#scene = scene
    this.#draw = scene.draw
    // Its class has it in saved pictures.
    this.#canvas.className = 'gl-canvas-context'
    Object.assign(this.#canvas.style, { position: 'absolute', top: '0', left: '0', pointerEvents: 'none' })
    const remove = () => this.#remove()
    scene.scatter2d = new Drawing((trace, ids) => this.#drawPoints(trace, ids), remove)
    scene.select2d = new Drawing((trace, ids) => this.#drawPoints(trace, ids), remove)
    scene.line2d = new Drawing((trace) => this.#drawLine(trace), remove)
    scene.draw = () => {
      scene.dirty = false
      this.#isClear = false
      this.#attach()
      this.#plan()
    }
    LAYERS.set(this.#canvas, this)
  }

  clear(): void {
    this.#isClear = true
    this.#plan()
  }

  /** Leave the drawing to plotly. */
  release(): void {
    const { _glcanvas } = this.#graph._fullLayout
    _glcanvas.each((each) => {
      if (each.regl instanceof NoWebGl) delete each.regl
    })
    Object.assign(this.#scene, { draw: this.#draw, scatter2d: true, line2d: true, select2d: false })
    this.#remove()
  }

  #attach(): void {
    const container = this.#graph._fullLayout._glcontainer.node()
    if (this.#canvas.parentNode !== container) container.append(this.#canvas)
  }

  /** Paint before the browser shows the next frame. */
  #plan(): void {
    this.#frame ??= requestAnimationFrame(() => this.#paint())
  }

  #remove(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
    this.#canvas.remove()
  }

  /** Draw the traces anew: plotly asks the objects for one after another. */
  #paint(): void {
    this.#frame = null
    if (!this.#graph._fullLayout) return // removed meanwhile
    if (this.#isClear) return this.#remove()
    const { width, height } = this.#graph._fullLayout
    Object.assign(this.#canvas, { width: Math.round(width * ratio()), height: Math.round(height * ratio()) })
    Object.assign(this.#canvas.style, { width: `${width}px`, height: `${height}px` })
    this.#draw()
    this.#flush()
  }

  /** Return the part of the canvas that a trace may use: its left, top, width and height. */
  #areaOf({ viewport }: Trace): [number, number, number, number] {
    const scale = ratio() / this.#graph._context.plotGlPixelRatio
    const [left = 0, bottom = 0, right = 0, top = 0] = Array.from(viewport, (each) => Math.round(each * scale))
    return [left, this.#canvas.height - top, right - left, top - bottom]
  }

  #drawPoints(trace: Trace, ids: Numbers | null): void {
    const [x, y, width, height] = this.#areaOf(trace)
    if (width <= 0 || height <= 0) return
    this.#corner = { x, y }
    if (this.#picture?.width !== width || this.#picture.height !== height) this.#picture = new ImageData(width, height)
    const picture = { pixels: this.#picture.data, width, height, range: trace.range, ratio: ratio() }
    drawPoints({ ...trace, ids, ...trace.colors() }, picture)
  }

  /** Move the points that have been drawn since to the canvas. */
  #flush(): void {
    if (!this.#picture) return
    const { width, height } = this.#picture
    Object.assign(this.#points, { width, height })
    this.#points.getContext('2d')?.putImageData(this.#picture, 0, 0)
    this.#context.drawImage(this.#points, this.#corner.x, this.#corner.y)
    this.#picture = null
  }

  #drawLine(trace: Trace): void {
    this.#flush()
    const [left, top, width, height] = this.#areaOf(trace)
    const [fromX, fromY, toX, toY] = trace.range as unknown as [number, number, number, number]
    const scale = ratio() / this.#graph._context.plotGlPixelRatio
    const path = new Path2D()
    tracePath(
      path,
      trace.positions,
      (x) => ((x - fromX) / (toX - fromX)) * width,
      (y) => ((toY - y) / (toY - fromY)) * height,
      width,
    )
    const context = this.#context
    context.save()
    context.beginPath()
    context.rect(left, top, width, height)
    context.clip()
    context.translate(left, top)
    context.globalAlpha = trace.opacity
    context.lineWidth = trace.thickness * scale
    context.lineJoin = trace.join === 'round' ? 'round' : 'bevel'
    context.setLineDash(trace.dashes.length > 1 ? trace.dashes.map((each) => each * scale) : [])
    context.strokeStyle = trace.lineColor
    context.stroke(path)
    context.restore()
  }
}

function ratio(): number {
  return globalThis.devicePixelRatio || 1
}
