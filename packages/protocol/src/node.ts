export { generatingShaper } from './node/shapers.ts'
export { composingShaper } from './shape/composing.ts'
