import { defineConfig } from 'tsup'

// One script for each subject and each workload, so that a process loads only those it measures. The packages stay
// outside: what is measured is the JavaScript that they publish.
export default defineConfig({
  entry: [
    'harness/main.ts',
    'harness/server-process.ts',
    'harness/client-process.ts',
    'harness/cutting-proxy-process.ts',
    'harness/cluster-worker-process.ts',
    'subjects/*.ts',
    'workloads/*.ts',
    'page/server-process.ts',
    'charts/main.ts',
    'cores/clients.ts',
    'websocket-echo/{main,idle,peer-process,idle-process}.ts',
    'cluster/{main,node-process,client-process,costs-process,wirepact,socket-io}.ts',
    '!**/*.test.ts',
  ],
  format: 'esm',
  target: 'es2022',
  dts: false,
  clean: true,
  sourcemap: true,
})
