import assert from 'node:assert/strict'
import { blame, blameEntry, relativeFrame, sayBlame, sayBlameBare } from '../../lib/verdict/frames.js'
import { frame, ROOT, stack } from './timeline.js'

const handler = 'handler src/server.js:10:3'

const CASES: [title: string, frames: string[], said: string][] = [
  ['the application’s frame nearest to the leaf', ['inner src/a.js:2:5', handler], 'inner (src/a.js:2:5)'],
  ['a sampled line without column', ['inner src/a.js:2', handler], 'inner (src/a.js:2)'],
  ['native code by its full name', ['parse', handler], 'JSON.parse in handler (src/server.js:10:3)'],
  [
    'what was written to the console by that, not by the native code in between',
    ['writeUtf8String', '_write node:net:1', 'log node:internal/console/constructor:1', 'consoleCall', handler],
    'console in handler (src/server.js:10:3)'
  ],
  ['native code by the name it has', ['pbkdf2Sync', handler], 'pbkdf2Sync in handler (src/server.js:10:3)'],
  [
    'an addon’s function by its name, also one that every object has',
    ['toString', handler],
    'toString in handler (src/server.js:10:3)'
  ],
  [
    'what the application called of Node’s',
    ['open node:fs:1', 'readFileSync node:fs:2', handler],
    'readFileSync in handler (src/server.js:10:3)'
  ],
  [
    'what the application called of a package',
    ['lex node_modules/@md/marked/lib/lex.js:1', 'parse node_modules/@md/marked/index.js:9', handler],
    'parse (node_modules/@md/marked) in handler (src/server.js:10:3)'
  ],
  [
    'a package when nothing else is there',
    ['lex node_modules/marked/lex.js:1', 'on node:events:1'],
    'lex (node_modules/marked/lex.js:1)'
  ],
  ['Node when nothing else is there', ['writeSync', 'log node:console:1'], 'writeSync in log (node:console:1)'],
  ['native code alone', ['parse'], 'parse'],
  ['V8’s own entries are nobody’s', ['(idle)', '(program)', handler], 'handler (src/server.js:10:3)'],
  [
    'a callback without a name by the function around it',
    ['(anonymous) src/a.js:2:5', 'Array.sort', 'render src/a.js:1:1', handler],
    'render (src/a.js:2:5)'
  ],
  [
    'a callback without a name that another file called',
    ['(anonymous) src/a.js:2:5', 'each src/b.js:1:1', handler],
    'src/a.js:2:5'
  ],
  ['a function without a name', ['(anonymous) src/a.js:2:5'], 'src/a.js:2:5'],
  [
    'a function without a name and a file, as of a compiled template',
    ['(anonymous)', '(anonymous) views/list.ejs:1:20', 'render node_modules/ejs/lib/ejs.js:9'],
    'views/list.ejs:1:20'
  ],
  [
    'WebAssembly by who called it',
    ['wasm-function[1540] wasm://wasm/002a0116:1', 'exec node_modules/sql.js/i.js:9', 'top src/a.js:2:5'],
    'exec (node_modules/sql.js) in top (src/a.js:2:5)'
  ],
  [
    'WebAssembly without a name that the application called',
    ['wasm-function[3] wasm://wasm/002a0116:1', 'top src/a.js:2:5'],
    'WebAssembly in top (src/a.js:2:5)'
  ],
  [
    'WebAssembly whose function V8 tells as one without a name',
    ['(anonymous) wasm://wasm/002a0116:1', 'top src/a.js:2:5'],
    'WebAssembly in top (src/a.js:2:5)'
  ],
  [
    'WebAssembly by V8’s way into it',
    ['GenericJSToWasmWrapper', 'top src/a.js:2:5'],
    'WebAssembly in top (src/a.js:2:5)'
  ],
  [
    '… or by V8’s other way',
    ['js-to-wasm:i:i wasm://wasm/1:1', 'top src/a.js:2:5'],
    'WebAssembly in top (src/a.js:2:5)'
  ],
  ['a function of Node’s without a name', ['(anonymous) node:stream:2', 'top src/a.js:2:5'], 'top (src/a.js:2:5)'],
  ['… or by that of Node 24', ['js-to-wasm', 'top src/a.js:2:5'], 'WebAssembly in top (src/a.js:2:5)'],
  [
    'WebAssembly with a name',
    ['resize wasm://wasm/002a0116:1', 'top src/a.js:2:5'],
    'resize (WebAssembly) in top (src/a.js:2:5)'
  ],
  ['WebAssembly alone', ['wasm-function[3] wasm://wasm/002a0116:1'], 'WebAssembly'],
  [
    'what was compiled from a text by who called it',
    ['RegExp.test', 'validate10 <anonymous>:3:1356', 'check node_modules/fastify/v.js:9', 'emit node:events:1'],
    'validate10 in check (node_modules/fastify/v.js:9)'
  ],
  [
    'a synchronous call of zlib',
    ['zlibBufferSync node:zlib:1', 'syncBufferWrapper node:zlib:2', 'pack src/a.js:2:5'],
    'zlib (synchronous) in pack (src/a.js:2:5)'
  ],
  [
    'native code in a function without a name',
    ['sort', '(anonymous) src/a.js:2'],
    'sort in an anonymous function (src/a.js:2)'
  ]
]

describe('blame', () => {
  for (const [title, frames, said] of CASES) {
    it(title, () => assert.equal(sayBlame(blame(stack(...frames))!, ROOT), said))
  }

  it('is nobody for a stack without frames', () => {
    assert.equal(blame([]), undefined)
    assert.equal(blame(stack('(program)')), undefined)
  })

  it('is said without brackets inside brackets', () => {
    assert.equal(sayBlameBare(blame(stack('render src/a.js:2:5'))!, ROOT), 'render, src/a.js:2:5')
  })
})

const ENTRIES: [title: string, frames: string[], said: string][] = [
  [
    'is the first of the modules that load each other',
    [
      'compile node:internal/modules/cjs/loader:1',
      'require node:internal/modules/helpers:2',
      '(anonymous) node_modules/tough-cookie/i.js:4',
      'require node:internal/modules/helpers:2',
      '(anonymous) node_modules/jsdom/api.js:3:1',
      'run node:internal/modules/esm/module_job:9'
    ],
    'require in an anonymous function (node_modules/jsdom/api.js:3:1)'
  ],
  [
    'is who asked for a module',
    [
      '(anonymous) node_modules/jsdom/api.js:3:1',
      'require node:internal/modules/helpers:2',
      'render node_modules/view/i.js:7:3',
      'emit node:events:1'
    ],
    'require in render (node_modules/view/i.js:7:3)'
  ],
  [
    'is the application’s frame where there is one',
    ['lex node_modules/marked/lex.js:1', handler],
    'lex (node_modules/marked) in handler (src/server.js:10:3)'
  ],
  [
    'is the outermost of the package that ran, with what it called',
    [
      'isQuote',
      'parse node_modules/csv/i.js:9',
      '_transform node_modules/csv/i.js:20',
      'write node:stream:3',
      'pipe node_modules/web/i.js:4'
    ],
    'parse in _transform (node_modules/csv/i.js:20)'
  ],
  [
    'is not that of another package around it, nor of its own beyond that',
    ['parse node_modules/csv/i.js:9', 'next node_modules/web/i.js:4', 'start node_modules/csv/i.js:1'],
    'parse (node_modules/csv/i.js:9)'
  ],
  ['is Node’s where nothing else is', ['write node:stream:3'], 'write (node:stream:3)']
]

describe('the entry into a package', () => {
  for (const [title, frames, said] of ENTRIES) {
    it(title, () => assert.equal(sayBlame(blameEntry(stack(...frames))!, ROOT), said))
  }
})

describe('relativeFrame', () => {
  const at = (file: string, root: string) => relativeFrame({ ...frame('f'), file }, root).file

  it('shows paths from the service’s folder on, with forward slashes', () => {
    assert.equal(at('/srv/shop/src/a.js', '/srv/shop'), 'src/a.js')
    assert.equal(at('/srv/shop/src/a.js', '/srv/shop/'), 'src/a.js')
    assert.equal(at('file:///srv/shop/src/a.mjs', '/srv/shop'), 'src/a.mjs')
    assert.equal(at('/srv/shopping/a.js', '/srv/shop'), '/srv/shopping/a.js')
    assert.equal(at('C:\\shop\\src\\a.js', 'C:\\shop'), 'src/a.js')
    assert.equal(at('node:fs', '/srv/shop'), 'node:fs')
    assert.equal(at('/srv/node_modules/pg/lib/client.js', '/srv/shop'), 'node_modules/pg/lib/client.js')
    assert.equal(at('/srv/shop/node_modules/pg/lib/client.js', '/srv/shop'), 'node_modules/pg/lib/client.js')
    assert.equal(at('/a.js', '/'), '/a.js')
  })

  it('shows a template’s path without the quotes that EJS puts around it', () =>
    assert.equal(at('"/srv/shop/views/list.ejs"', '/srv/shop'), 'views/list.ejs'))
})
