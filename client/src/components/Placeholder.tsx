import { Placeholder } from '../view/render'

export default Placeholder
