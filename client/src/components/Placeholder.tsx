import { Placeholder } from '../view/fallbacks'

export default Placeholder
