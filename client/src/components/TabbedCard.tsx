import '@mantine/core/styles/Tabs.css'
import './TabbedCard.css'
import { Tabs } from '@mantine/core'
import { type ComponentProps, useText, useValue } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'
import { textOf } from '../view/values'

export default function TabbedCard({ node }: ComponentProps) {
  const box = useStyle(node)
  const tabs = node.slots.children ?? []
  const titles = tabs.map((tab) => textOf(tab.props.title))
  const initial = useText(node, 'initial_tab')
  const [selected, set] = useValue(node, 'selected_tab')
  // A value that names no tab is not changed: another version of the page may have such a tab.
  const shown = Math.max(titles.indexOf(textOf(selected ?? initial)), 0)
  const select = (index: number) => {
    const title = titles[index]
    if (title !== undefined && index !== shown) set(title)
  }
  return (
    <Tabs
      className="dara-card dara-tabs"
      {...box}
      // The value is an index, because Mantine makes element ids of it, and titles may have spaces.
      value={String(shown)}
      onChange={(index) => select(Number(index))}
    >
      <Tabs.List className="dara-tabs-list">
        {titles.map((title, index) => (
          <Tabs.Tab key={title} value={String(index)}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map((tab, index) => (
        <Tabs.Panel key={tab.id} value={String(index)}>
          <Render nodes={[tab]} />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
