import { config } from 'zod/mini'

// zod compiles schemas with `new Function` where it may, and tries whether it may. This page's Content-Security-Policy says no,
// and even the try would be reported. A module of its own, because it has to run before the contract is imported.
config({ jitless: true })
