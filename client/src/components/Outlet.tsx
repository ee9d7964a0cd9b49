import { OutletContent } from '../view/outlet'

export default function Outlet() {
  return <OutletContent />
}
