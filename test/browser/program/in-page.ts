import { connect } from '@wirepact/client'
import { program } from './program.ts'

// Node.js from 22 has the platform's WebSocket too, and runs this file as a browser does.
const { process: node } = globalThis as { process?: { argv: string[] } }
const run = (url: string) => program(connect, url)
if (node === undefined) Object.assign(globalThis, { run })
else console.log(JSON.stringify(await run(node.argv[2] as string)))
