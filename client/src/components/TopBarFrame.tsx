import { Title, TopFrame } from '../frame'
import { type ComponentProps, useProp } from '../react'
import { Render } from '../render'

export default function TopBarFrame({ node }: ComponentProps) {
  const height = useProp<string | number>(node, 'top_bar_height')
  const padding = useProp<string | number>(node, 'top_bar_padding')
  const isBare = useProp<boolean>(node, 'hide_logo')
  const logo = useProp<string>(node, 'logo_path')
  return (
    <TopFrame
      height={height}
      padding={padding}
      title={isBare ? null : <Title logo={logo} />}
      bar={<Render nodes={node.slots.top_bar} />}
    >
      <Render nodes={node.slots.content} />
    </TopFrame>
  )
}
