import { SideFrame, Title } from '../frame'
import { type ComponentProps, useFlag, useSize, useString } from '../react'
import { Render } from '../render'

export default function SideBarFrame({ node }: ComponentProps) {
  const width = useSize(node, 'side_bar_width')
  const padding = useSize(node, 'side_bar_padding')
  const isBare = useFlag(node, 'hide_logo')
  const logo = useString(node, 'logo_path')
  return (
    <SideFrame
      width={width}
      padding={padding}
      title={isBare ? null : <Title logo={logo} />}
      bar={<Render nodes={node.slots.side_bar} />}
    >
      <Render nodes={node.slots.content} />
    </SideFrame>
  )
}
