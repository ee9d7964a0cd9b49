import { Title, TopFrame } from '../view/frame'
import { type ComponentProps, useFlag, useSize, useString } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function TopBarFrame({ node }: ComponentProps) {
  const box = useStyle(node)
  const height = useSize(node, 'top_bar_height')
  const padding = useSize(node, 'top_bar_padding')
  const isBare = useFlag(node, 'hide_logo')
  const logo = useString(node, 'logo_path')
  const logoWidth = useSize(node, 'logo_width')
  return (
    <TopFrame
      box={box}
      height={height}
      padding={padding}
      title={isBare ? null : <Title logo={logo} width={logoWidth} />}
      bar={<Render nodes={node.slots.top_bar} />}
    >
      <Render nodes={node.slots.content} />
    </TopFrame>
  )
}
