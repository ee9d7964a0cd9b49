/**
 * The chunks of the client. A page loads few files at once: those that all pages need, those of fields if it has one,
 * and those of its rare components. Rules that override each other are in one stylesheet, in the same order on all pages.
 */

import type { Plugin } from 'vite'

/** Small components that need no other package: their code is with that of the app. */
const PLAIN =
  'Anchor|Card|For|Grid|GridColumn|GridRow|Heading|If|Link|Match|MenuLink|Outlet|Paragraph|PyComponent|Spacer|Stack|' +
  'Tab|Text|TopBarFrame|lib/forItems|lib/grid|lib/link'
/** The buttons and fields of most pages. */
const COMMON = 'Button|Input|Label|NumberField|Switch|Textarea|lib/badge|lib/pendingButton'

/** Code of the app that few pages need: the files that a tab writes, and the conditions of lists. */
const RARE = 'app/(sheets|workbook|zip)|variables/itemTest'

/** Forms, of which a page has all or nothing. */
const FORMS = 'components/(Form|FormPage|lib/savedForm)\\.tsx?$|fields/(draft|untouched)'

/** The stylesheets that concern the elements of one component alone. */
const OWN_STYLES =
  'dates/styles|Accordion|ButtonBar|Checkbox|FloatingIndicator|Radio|SegmentedControl|TabbedCard|Tabs|trouble'

const SOURCE = 'client/src'
const MANTINE = 'node_modules/@mantine/core'

/** The groups of modules that are one chunk each. A chunk has the dependencies of its modules, too. */
export const GROUPS = [
  { name: 'react', test: anyOf('node_modules/(react|react-dom|scheduler)/'), priority: 6 },
  {
    name: 'app',
    test: anyOf(
      `${SOURCE}/(?!components|fields|messages/|view/trouble|${RARE})`,
      `${SOURCE}/components/(${PLAIN})\\.`,
      `${SOURCE}/(fields/.*|components/(${COMMON}))\\.css$`,
      `${MANTINE}/styles/(Button|Loader|InlineInput|Switch)\\.css$`,
    ),
    priority: 5,
  },
  {
    name: 'common',
    test: anyOf(
      `${SOURCE}/(fields/(?!moments|segments|draft|untouched)|components/(${COMMON})\\.)`,
      `${MANTINE}/esm/core/`,
      `${MANTINE}/esm/components/(Checkbox/CheckIcon|ScrollArea/utils/to-int)`,
      '@mantine/hooks/esm/(utils|use-timeout|use-mutation-observer)/',
    ),
    priority: 4,
  },
  { name: 'forms', test: anyOf(`${SOURCE}/(${FORMS})`), priority: 4 },
  { name: 'indicator', test: anyOf(`${MANTINE}/esm/components/FloatingIndicator/`), priority: 3 },
  // Code of elements that open above the page: menus, pickers, tooltips.
  {
    name: 'floating',
    test: anyOf('@floating-ui', `${MANTINE}/esm/components/(Popover|Combobox|Tooltip)/`),
    priority: 2,
  },
  // The CSS of the rare components, whose rules partly override each other. Some have large stylesheets of their own.
  { name: 'styles', test: new RegExp(`^(?!.*(${OWN_STYLES})).*\\.css$`), priority: 1 },
]

function anyOf(...paths: string[]): RegExp {
  return new RegExp(paths.join('|'))
}

const COMPONENT = /\/src\/components\/(\w+)\.tsx$/

/** Return the Vite plugin that writes `components.json` beside the manifest: the file with the code of each component. */
export function chunksOfComponents(): Plugin {
  return {
    name: 'chunks-of-components',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).flatMap((output) => (output.type === 'chunk' ? [output] : []))
      const files = chunks.flatMap(({ fileName, moduleIds }) =>
        moduleIds.flatMap((id) => {
          const name = COMPONENT.exec(id)?.[1]
          return name ? [[name, fileName] as const] : []
        }),
      )
      const source = JSON.stringify(Object.fromEntries(files.sort()), null, 2)
      this.emitFile({ type: 'asset', fileName: 'components.json', source })
    },
  }
}

/** Parts of Mantine's stylesheets that no page here uses, and which would be a part of every page. */
const UNUSED = [
  // Colours of variants; but a red button may have an outline.
  /--mantine-color-(?!red)[a-z]+-(filled-hover|light|outline)[a-z-]*:[^;]*;/g,
  // Headings have sizes of their own, and what depends on the window or lies above the page does not ask Mantine.
  /--mantine-((h[1-6]|heading|breakpoint|z-index|line-height)-[a-z-]+|primary-color-\d):[^;]*;/g,
  /[^{};]*\.mantine-(light|dark)-hidden[^{}]*\{[^{}]*\}/g,
  // Pages are written from left to right.
  /[^{};]*\[dir="rtl"\][^{}]*\{[^{}]*\}/g,
  // Variants of fields, accordions and tabs other than the default.
  /[^{};]*\.m_6c018570\[data-variant='(filled|unstyled)'\][^{}]*\{[^{}]*\}/g,
  /[^{};]*\.m_89d60db1\[data-variant='(pills|outline)'\][^{}]*\{[^{}]*\}/g,
  /[^{};]*\.(m_1f921b3b|m_2cdf939a|m_9f59b069|m_6772fbd5|m_b59ab47c|m_c3381914)(?!\w)[^{}]*\{[^{}]*\}/g,
  // States of fields, groups of buttons, and loaders other than the default.
  /[^{};]*\[data-(success|with-bottom-section|combined-clear-section|monospace|reverse)\][^{}]*\{[^{}]*\}/g,
  /[^{};]*\.(m_80d6d844|m_70be2a01|m_7a2bd4cd|m_870bb79|m_4e3f22d7|m_870c4af)(?!\w)[^{}]*\{[^{}]*\}/g,
  /@keyframes (m_5d2b3b9d|m_aac34a1) \{([^{}]*\{[^{}]*\})*[^{}]*\}/g,
  // Sliders stand in no column and are filled from the lower end, and nobody drags pills.
  /[^{};]*\.m_dd36362e\[data-orientation=['"]?vertical[^{}]*\{[^{}]*\}/g,
  /[^{};]*\.m_\w+:where\(\[data-inverted\][^{}]*\{[^{}]*\}/g,
  /[^{};]*\.m_7cda1cd6:where\(\[(data-drag|draggable)[^{}]*\{[^{}]*\}/g,
  // Only buttons have other sizes than small and medium.
  /--(?!button|mantine|modal)[a-z-]+-(xs|lg|xl):[^;]*;/g,
]

/** Return the Vite plugin that leaves them out. */
export function withoutUnusedStyles(): Plugin {
  return {
    name: 'without-unused-styles',
    enforce: 'pre',
    transform: (css, id) =>
      /@mantine.*\.css$/.test(id) ? UNUSED.reduce((rest, each) => rest.replace(each, ''), css) : null,
  }
}
