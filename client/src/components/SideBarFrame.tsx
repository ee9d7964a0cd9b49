import { SideFrame, Title } from '../frame'
import { type ComponentProps, useProp } from '../react'
import { Render } from '../render'

export default function SideBarFrame({ node }: ComponentProps) {
  const width = useProp<string | number>(node, 'side_bar_width')
  const padding = useProp<string | number>(node, 'side_bar_padding')
  const isBare = useProp<boolean>(node, 'hide_logo')
  const logo = useProp<string>(node, 'logo_path')
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
