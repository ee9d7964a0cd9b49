import './SideBarFrame.css'
import { SideFrame, Title } from '../view/frame'
import { type ComponentProps, useFlag, useSize, useString } from '../view/react'
import { Render } from '../view/render'
import { useStyle } from '../view/style'

export default function SideBarFrame({ node }: ComponentProps) {
  const box = useStyle(node)
  const width = useSize(node, 'side_bar_width')
  const padding = useSize(node, 'side_bar_padding')
  const isBare = useFlag(node, 'hide_logo')
  const logo = useString(node, 'logo_path')
  const logoWidth = useSize(node, 'logo_width')
  const places = { 'data-side': node.props.side_bar_position, 'data-logo': node.props.logo_position }
  return (
    <SideFrame
      box={{ ...box, ...places }}
      width={width}
      padding={padding}
      title={isBare ? null : <Title logo={logo} width={logoWidth} />}
      bar={<Render nodes={node.slots.side_bar} />}
    >
      <Render nodes={node.slots.content} />
    </SideFrame>
  )
}
