// What perfagent/esm asks for: libraries that are ES modules are patched as they are imported. Main thread. That takes
// import-in-the-middle, which is installed beside; without it nothing is patched so, which is said.

import { instrumentations } from '../instrumentations/index.js'
import { hookImports } from './hook/imports.js'
import { log } from './log.js'

/** Before anything is imported that is to be patched. */
export function patchEsModules(): void {
  try {
    if (!hookImports(instrumentations.flatMap(({ patches = [] }) => patches)))
      log('warn', 'perfagent/esm patches ES modules by import-in-the-middle, which is not installed: npm install it')
  } catch (error) {
    log('warn', `import-in-the-middle cannot be used, 3 or newer is wanted: ${(error as Error).message}`)
  }
}
