// Which instrumentations are heard, now. Main thread. Patches only publish, so those of one that is switched off stay where they
// are and nobody listens; those of one that was off from the start are applied when it is switched on.

import { log } from '../process/log.js'
import { type Subscription, subscribe } from './channels.js'
import type { Instrumentation } from './instrumentation.js'
import { type Loaded, patchOnLoad } from './load.js'
import type { Recorder } from './recorder.js'

export interface Hearing {
  /** From now on all are heard but those with these names. */
  allBut(names: string[]): void
  hears(name: string): boolean
  stop(): void
}

export function createHearing(
  instrumentations: Instrumentation[],
  recorder: Recorder,
  onLoaded: (loaded: Loaded) => void
): Hearing {
  const subscriptions = new Map<string, Subscription>()
  const undo: (() => void)[] = []
  let heard: Instrumentation[] = []

  return {
    allBut(names) {
      const wanted = instrumentations.filter(({ name }) => !names.includes(name))
      for (const { name } of heard) if (names.includes(name)) subscriptions.get(name)!.listen(false)
      for (const each of wanted) if (!heard.includes(each)) subscriptions.get(each.name)?.listen(true)
      const fresh = wanted.filter(({ name }) => !subscriptions.has(name))
      for (const each of fresh) subscriptions.set(each.name, subscribe(each, recorder))
      const patches = fresh.flatMap(each => each.patches ?? [])
      if (patches.length > 0) undo.push(patchOnLoad(patches, onLoaded))
      heard = wanted
    },
    hears: name => heard.some(each => each.name === name),
    stop() {
      for (const subscription of subscriptions.values()) subscription.stop()
      for (const step of undo) step()
    }
  }
}

/** Of somebody who meant all of perfagent: `PERFAGENT_DISABLE=true`. */
const SWITCHES = ['true', '1', 'yes', 'on', 'all']

/** Says which of the names to be left out are those of nothing. */
export function sayUnknown(disabled: string[], known: string[]): void {
  for (const name of disabled.filter(name => !known.includes(name))) {
    const instead = SWITCHES.includes(name.toLowerCase()) ? 'PERFAGENT_ENABLED=false switches perfagent off; ' : ''
    log('warn', `no instrumentation is called ${name.slice(0, 100)}; ${instead}there are ${known.join(', ')}`)
  }
}
