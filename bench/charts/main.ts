// What `bench/publish.mjs` takes from here.

export { drawInto } from './drawings.ts'
export { publish } from './publishing.ts'
