// Whose code is whose where the application itself lies in a folder node_modules.

import assert from 'node:assert/strict'
import type { Frame } from '../../lib/types.js'
import { blame, sayBlame } from '../../lib/verdict/frames.js'
import { withOwnFrames } from '../../lib/verdict/installed.js'
import { block, evidence, noEvidence, other, poolWait, probe, samples, timeline } from './timeline.js'

const TOOL = '/home/u/.npm/_npx/ab12/node_modules/tool'
const PROJECT = '/home/u/project'

const at = (name: string, file: string): Frame => ({ function: name, file, line: 1, column: 1 })
const lex = at('lex', '/home/u/.npm/_npx/ab12/node_modules/marked/lex.js')
const handler = at('handler', `${TOOL}/src/server.js`)

const said = (stack: Frame[], root = PROJECT): string => sayBlame(blame(stack)!, root)
const sampled = (stack: Frame[]): Frame[] =>
  withOwnFrames(
    { timeline: timeline({ durationMs: 600 }), evidence: { ...noEvidence(), cpu: samples([0, 600, stack]) } },
    TOOL,
    PROJECT
  ).evidence.cpu!.stacks[0]!

describe('an application that was installed as a package', () => {
  it('is blamed for what its packages do', () => {
    assert.equal(said([lex, handler]), 'lex (node_modules/marked/lex.js:1:1)')
    assert.equal(
      said(sampled([lex, handler])),
      'lex (node_modules/marked) in handler (node_modules/tool/src/server.js:1:1)'
    )
  })

  it('is not blamed for what its packages do by themselves', () => {
    const inner = at('lex', `${TOOL}/node_modules/marked/lex.js`)
    assert.equal(said(sampled([inner])), 'lex (node_modules/marked/lex.js:1:1)')
    assert.equal(said(sampled([at('run', `${TOOL}-kit/run.js`)])), 'run (node_modules/tool-kit/run.js:1:1)')
  })

  it('has its files told from its own folder on, where no package is around it', () => {
    const seen = {
      timeline: timeline({ durationMs: 600 }),
      evidence: { ...noEvidence(), cpu: samples([0, 1, [handler]]) }
    }
    const [stack] = withOwnFrames(seen, TOOL, TOOL).evidence.cpu!.stacks
    assert.equal(said(stack!, TOOL), 'handler (src/server.js:1:1)')
  })

  it('is seen in probes and by who holds a connection, too', () => {
    const holders = [{ request: other('GET /a'), heldMs: 9, takenAt: [lex, handler] }]
    const operations = [poolWait(0, 500, { size: 1, inUse: 1, waiting: 1, holders })]
    const seen = {
      timeline: timeline({ durationMs: 600, operations }),
      evidence: { ...noEvidence(), blocks: [block(0, 100, probe(50, null, [lex, handler]))] }
    }
    const own = withOwnFrames(seen, TOOL, PROJECT)
    assert.match(said(own.evidence.blocks[0]!.probes[0]!.frames), /in handler/)
    assert.match(said(own.timeline.operations[0]!.pool!.holders[0]!.takenAt as Frame[]), /in handler/)
  })

  it('is none where the request ran code of an application elsewhere: its main file is a framework’s command', () => {
    const own = at('render', `${PROJECT}/src/page.js`)
    assert.equal(said(sampled([lex, handler, own])), 'handler (node_modules/tool) in render (src/page.js:1:1)')
    assert.equal(sampled([lex, handler, own])[1], handler)
  })

  it('is none of most: nothing is copied', () => {
    const seen = { timeline: timeline({ durationMs: 600 }), evidence: evidence() }
    assert.equal(withOwnFrames(seen, '', PROJECT), seen)
  })
})
