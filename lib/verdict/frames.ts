// Which frame of a stack is to blame, and how a place in the code is shown. Pure.

import type { Frame } from '../types.js'

/** A place in the application, and what it had called when that was Node's, a package's or native code. */
export interface Blame {
  frame: Frame
  /** `JSON.parse`, `pbkdf2Sync`, `lexer (node_modules/marked)`. */
  callee: string | undefined
}

const ANONYMOUS = '(anonymous)'
const NAME_MAX_CHARS = 80
const LOADER = /^node:internal\/modules\//
/** V8's own entries of a profile: no place in anybody's code. */
const PSEUDO = /^\((?:root|program|idle|garbage collector)\)$/
/**
 * The profiler gives builtins without their object; two take long often enough to be said in full. The third is what Node calls each method
 * of `console` by (20 to 26).
 */
const NATIVE = new Map([
  ['parse', 'JSON.parse'],
  ['stringify', 'JSON.stringify'],
  ['consoleCall', 'console']
])
/** What runs is a number of a module, at a byte of it: nobody's line. Modules with names give them. */
const WASM = 'wasm://'
/** A function without a name, and V8's own ways into a module (Node 20 to 24). */
const UNNAMED_WASM = /^(?:wasm-function\[\d+\]|js-to-wasm(?::.*)?|GenericJSToWasmWrapper)$/
/** Node's name for all of `gzipSync`, `deflateSync`, … (20 to 26). */
const SYNC_ZLIB = 'syncBufferWrapper'

/** The frame nearest to the leaf that is the application's own, else a package's, else Node's. `stack` is leaf first. */
export function blame(stack: readonly Frame[]): Blame | undefined {
  const frames = framesOf(stack)
  let at = frames.findIndex(isApplication)
  if (at < 0) at = frames.findIndex(frame => isPackage(frame))
  if (at < 0) at = frames.findIndex(frame => !isPlaceless(frame))
  if (at < 0) return frames[0] && { frame: frames[0], callee: undefined }
  return blameAt(frames, at)
}

/**
 * Of a stack without the application's own code, as of a parser in a pipeline: by which function its package was entered, since what runs
 * inside differs from sample to sample. Of modules that load each other, as after import(): who asked for the first.
 */
export function blameEntry(stack: readonly Frame[]): Blame | undefined {
  const frames = framesOf(stack)
  const inner = frames.findIndex(isPackage)
  if (inner < 0 || frames.some(isApplication)) return blame(stack)
  const loader = frames.findLastIndex(({ file }) => LOADER.test(file))
  if (loader > inner) {
    const asking = frames.findIndex((frame, at) => at > loader && isPackage(frame))
    return blameAt(frames, asking < 0 ? frames.findLastIndex(isPackage) : asking)
  }
  const folder = packageOf(frames[inner]!)
  const isInside = (frame: Frame): boolean => isPlaceless(frame) || packageOf(frame) === folder
  const outside = frames.findIndex((frame, at) => at > inner && !isInside(frame))
  const at = frames.findLastIndex((frame, at) => (outside < 0 || at < outside) && packageOf(frame) === folder)
  return blameAt(frames, at)
}

/** WebAssembly is native code to whoever called it. */
const framesOf = (stack: readonly Frame[]): Frame[] =>
  stack
    .filter(frame => !PSEUDO.test(frame.function))
    .map(frame => {
      if (UNNAMED_WASM.test(frame.function)) return { ...frame, function: 'WebAssembly', file: '' }
      if (!frame.file.startsWith(WASM)) return frame
      return {
        ...frame,
        function: frame.function === ANONYMOUS ? 'WebAssembly' : `${shortName(frame)} (WebAssembly)`,
        file: ''
      }
    })

function blameAt(frames: readonly Frame[], at: number): Blame {
  const callee = frames[at - 1]
  return { frame: named(frames, at), callee: callee && calleeName(callee, packageOf(frames[at]!)) }
}

/** A callback without a name is told by the function around it: a comparator by who sorts. Natives may lie between. */
function named(frames: readonly Frame[], at: number): Frame {
  const frame = frames[at]!
  if (frame.function !== ANONYMOUS) return frame
  const around = frames.slice(at + 1).find(({ file }) => file !== '')
  const named = around?.file === frame.file && around.function !== ANONYMOUS
  return named ? { ...frame, function: around.function } : frame
}

export const isApplication = (frame: Frame): boolean =>
  frame.file !== '' && !/^(?:node:|wasm:\/\/|<anonymous>$)/.test(frame.file) && !isPackage(frame)

const isPlaceless = ({ file }: Frame): boolean => file === '' || file === '<anonymous>'

const isPackage = (frame: Frame): boolean => /[\\/]node_modules[\\/]/.test(frame.file)

/** Code of the application, or of a package: neither Node's nor native. */
export const isSomebodys = (frame: Frame): boolean => isApplication(frame) || isPackage(frame)

/**
 * Whether the application itself was at work, be it in what V8 or Node does for it at once (JSON, hashes, `inspect`). Packages and Node's network
 * may be the driver of a call that it made.
 */
export const isOwnWork = (stack: readonly Frame[]): boolean => {
  const worker = stack.find(({ file }) => file !== '' && (!file.startsWith('node:') || NETWORK.test(file)))
  return worker !== undefined && isApplication(worker)
}

const NETWORK = /^node:(?:_?http|_?tls|net$|internal\/(?:deps\/undici|http|streams?[/_]|tls|js_stream_socket))/

/** `node_modules/@csv/parse`. */
const packageOf = ({ file }: Frame): string | undefined =>
  /[\\/](node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file)?.[1]

/** The same place in a sample (`render`) and in a probe's stack (`Report.render`). */
export const samePlace = (a: Frame, b: Frame): boolean =>
  a.file === b.file && bareName(a.function) === bareName(b.function)

const bareName = (name: string): string => name.split(' [as ', 1)[0]!.replace(/^.*[. ]/, '')

/** Its package is told where it is another than its caller's. */
function calleeName(frame: Frame, callers: string | undefined): string | undefined {
  const name = shortName(frame)
  // A function inside of what was compiled from a text.
  if (isPlaceless(frame) && name === ANONYMOUS) return undefined
  if (frame.file === '') return NATIVE.get(name) ?? name
  if (name === SYNC_ZLIB) return 'zlib (synchronous)'
  const folder = packageOf(frame)
  if (!folder && name === ANONYMOUS) return undefined
  if (!folder || (folder === callers && name !== ANONYMOUS)) return name
  const shown = folder.replaceAll('\\', '/')
  return name === ANONYMOUS ? shown : `${name} (${shown})`
}

const shortName = (frame: Frame): string => {
  const name = frame.function.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ')
  return name.length > NAME_MAX_CHARS ? `${name.slice(0, NAME_MAX_CHARS - 1)}…` : name
}

/** `renderCsv (src/export.js:41:9)`, `JSON.parse in load (src/load.js:3)`. */
export const sayBlame = (blamed: Blame, root: string): string => {
  const { name, place } = parts(blamed, root)
  return name && place ? `${name} (${place})` : name || place
}

/** The same for use inside brackets: `renderCsv, src/export.js:41:9`. */
export const sayBlameBare = (blamed: Blame, root: string): string => {
  const { name, place } = parts(blamed, root)
  return [name, place].filter(Boolean).join(', ')
}

function parts({ frame, callee }: Blame, root: string): { name: string; place: string } {
  const { file, line, column } = relativeFrame(frame, root)
  const place = file && [file, line, column].filter(Boolean).join(':')
  const own = frame.function === ANONYMOUS ? '' : shortName(frame)
  return { name: callee ? `${callee} in ${own || 'an anonymous function'}` : own, place }
}

/** So does EJS (3 to 7) name what it compiles. */
const QUOTED = /^"(.*)"$/

/** Paths from the service's or the packages' folder on, with forward slashes: a report tells nothing of other folders. */
export function relativeFrame(frame: Frame, root: string): Frame {
  const file = posix(frame.file.replace(QUOTED, '$1').replace(/^file:\/\//, ''))
  const folder = posix(root).replace(/\/?$/, '/')
  const packages = file.lastIndexOf('/node_modules/')
  const inside = folder !== '/' && file.startsWith(folder)
  const shown = inside ? file.slice(folder.length) : packages >= 0 ? file.slice(packages + 1) : file
  return { ...frame, function: shortName(frame), file: shown }
}

const posix = (path: string): string => (/^[A-Za-z]:\\|\\\\/.test(path) ? path.replaceAll('\\', '/') : path)
