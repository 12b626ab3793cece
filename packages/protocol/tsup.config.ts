import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/node.ts', 'src/shapes.ts', 'src/streams.ts'],
  format: 'esm',
  target: 'es2022',
  dts: false,
  clean: false,
  sourcemap: true,
})
