import { Placeholder } from '../render'

export default Placeholder
