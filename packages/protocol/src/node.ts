export { composingShaper, generatingShaper } from './node/shapers.ts'
