import { parentPort, workerData } from 'node:worker_threads'
import { echo } from './drive.ts'
import { portWire } from './port-wire.ts'

// Started by `main.ts` with a port of its own; `parentPort` keeps the thread alive until that is closed.
echo(portWire(workerData.port))
workerData.port.on('close', () => parentPort?.close())
