import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@wirepact/source', 'import', 'module', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@wirepact/source', 'import', 'module', 'node', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/*/src/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 20_000,
    typecheck: {
      enabled: true,
      include: ['packages/*/src/**/*.test-d.ts', 'test/types/*.test-d.ts'],
      tsconfig: 'tsconfig.types.json',
    },
  },
})
