import { useEffect, useRef } from 'react'
import { useRouter } from '../view/outlet'
import { type ComponentProps, useFlag } from '../view/react'
import { useAddress } from './lib/link'

/** Leads to another page as soon as it is shown. */
export default function Navigate({ node }: ComponentProps) {
  const { location } = useRouter()
  const address = useAddress(node)
  const replace = useFlag(node, 'replace') === true
  const last = useRef('')
  useEffect(() => {
    if (!address || address === last.current) return
    last.current = address // relative addresses change with the page that they lead to
    // The router may be showing this page just now.
    const timer = setTimeout(() => location.navigate(address, { replace }))
    return () => clearTimeout(timer)
  }, [address, location, replace])
  return null
}
