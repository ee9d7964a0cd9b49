import { OutletContent } from '../outlet'

export default function Outlet() {
  return <OutletContent />
}
