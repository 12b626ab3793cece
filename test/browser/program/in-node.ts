import { connect } from '@wirepact/client/node'
import { program } from './program.ts'

console.log(JSON.stringify(await program(connect, process.argv[2] as string)))
