// Attaches the parts to a process and takes them off again: the one place that starts bpftrace and perf. Either all that can be
// attached is, or nothing: a part that bpftrace refuses is left out and named, and the rest is attached anew.

import { createInterface } from 'node:readline'
import { now } from '../process/clock.js'
import type { Counted } from './events.js'
import { startReader, startTool, type Tool } from './leash.js'
import { readSample, recordCommand, SCRIPT_COMMAND } from './on-cpu.js'
import type { Probe, Target } from './probe.js'
import { blamed, complaint, type Lost, type Program, possible, programOf } from './program.js'
import type { Recording } from './recording.js'
import { nsToMs, readLine } from './records.js'

/** Compiling takes 2 s, and 10 on a machine that is busy, which is when one traces. */
const ATTACH_MS = 60_000

/**
 * Symbols are looked up once, not once for each stack: with Node's 100,000 symbols 0.05 ms a stack instead of 60 (bpftrace 0.17).
 * Newer versions have another word for it.
 */
const CACHE = (version: number): string => `BPFTRACE_CACHE_USER_SYMBOLS=${version < 0.2 ? '1' : 'PER_PROGRAM'}`

export interface Attached {
  lost: Lost[]
  counted: Counted
  /** Records that the kernel could not hand over, because we read too slowly. */
  lostRecords(): number
  /** A tool ended by itself: which, and what it said. */
  ended: Promise<string>
  detach(): Promise<void>
}

export interface Attaching {
  probes: Probe[]
  target: Target
  recording: Recording
  onCpu: boolean
  exists(tracepoint: string): boolean
  leaving: AbortSignal
}

/** Rejects when nothing could be attached, with bpftrace's own words. Nothing stays attached then. */
export async function attach({ probes, target, recording, onCpu, exists, leaving }: Attaching): Promise<Attached> {
  const counted: Counted = { calls: [], histograms: {} }
  let lostRecords = 0
  let { probes: wanted, lost } = possible(probes, exists, [])
  let tool: Tool | undefined

  while (wanted.length > 0 && !leaving.aborted) {
    const program = programOf(wanted, target)
    const started = startTool(await bpftraceCommand(program))
    const failed = await begin(started)
    if (failed === undefined) {
      tool = started
      break
    }
    await started.end()
    const whose = leaving.aborted ? [] : blamed(failed, program, wanted)
    if (whose.length === 0 && !leaving.aborted) throw new Error(`bpftrace: ${complaint(failed)}`)
    ;({ probes: wanted, lost } = possible(wanted, exists, [...lost, ...whose]))
  }

  const perf = onCpu && !leaving.aborted ? startPerf(target.pid, recording) : undefined
  return {
    lost,
    counted,
    lostRecords: () => lostRecords,
    ended: Promise.race([endOf('bpftrace', tool), endOf('perf', perf)]),
    async detach() {
      await Promise.all([tool?.end(), perf?.end()])
    }
  }

  /** Undefined when it is attached, which its first tick says; else what it wrote on stderr. */
  function begin(started: Tool): Promise<string | undefined> {
    return new Promise(resolve => {
      const late = setTimeout(() => resolve(`ERROR: not attached within ${ATTACH_MS / 1000} s`), ATTACH_MS)
      const settle = (failed: string | undefined): void => {
        clearTimeout(late)
        resolve(failed)
      }
      if (leaving.aborted) settle('left')
      leaving.addEventListener('abort', () => settle('left'), { once: true })
      void started.ended.then(() => settle(started.stderr()))
      createInterface({ input: started.stdout }).on('line', text => {
        if (take(text)) settle(undefined)
      })
    })
  }

  /** True for a tick. */
  function take(text: string): boolean {
    const line = readLine(text)
    if (!line) return false
    if (line.type === 'lost') lostRecords += line.count
    if (line.type === 'calls') counted.calls.push(...line.calls)
    if (line.type === 'histogram') counted.histograms[line.name] = line.buckets
    if (line.type !== 'record') return false
    if (line.fields[0] === 'tick') {
      recording.tick(nsToMs(line.fields[1]), now())
      return true
    }
    for (const probe of wanted) {
      const event = probe.parse(line.fields, nsToMs)
      if (event) {
        recording.add(event, 'bpftrace')
        break
      }
    }
    return false
  }
}

const endOf = (name: string, tool: Pick<Tool, 'ended' | 'stderr'> | undefined): Promise<string> =>
  tool ? tool.ended.then(() => `${name} ended by itself: ${complaint(tool.stderr())}`) : new Promise(() => {})

async function bpftraceCommand({ text }: Program): Promise<string[]> {
  const said = startTool(['bpftrace', '--version'])
  let version = ''
  for await (const chunk of said.stdout) version += chunk
  await said.end()
  const [, major, minor] = /v?(\d+)\.(\d+)/.exec(version) ?? []
  return ['env', CACHE(Number(major) + Number(minor) / 100), 'bpftrace', '-f', 'json', '-e', text]
}

/** perf's own format goes from one tool to the other; we read text. */
function startPerf(pid: number, recording: Recording): Pick<Tool, 'ended' | 'end' | 'stderr'> {
  const tool = startTool(recordCommand(pid))
  const script = startReader(SCRIPT_COMMAND, tool.stdout)
  let lines: string[] = []
  createInterface({ input: script.stdout }).on('line', line => {
    if (line !== '') return void lines.push(line)
    const sample = readSample(lines)
    if (sample) recording.add(sample, 'monotonic')
    lines = []
  })
  return {
    ended: tool.ended,
    stderr: tool.stderr,
    async end() {
      await Promise.all([tool.end(), script.ended])
    }
  }
}
