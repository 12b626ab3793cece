export { composingShaper } from './shape/composing.ts'
