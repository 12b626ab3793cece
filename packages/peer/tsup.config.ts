import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/node.ts',
    'src/answering.ts',
    'src/eventing.ts',
    'src/shapes.ts',
    'src/streaming.ts',
    'src/json.ts',
    'src/system.ts',
  ],
  format: 'esm',
  target: 'es2022',
  dts: false,
  clean: false,
  sourcemap: true,
})
