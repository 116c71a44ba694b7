// All parts of `perfagent kernel` that bpftrace sees. A new one is a file here and a line below; one that reads another's maps
// comes after it.

import type { Probe } from '../probe.js'
import { disk } from './disk.js'
import { faults } from './faults.js'
import { offCpu } from './off-cpu.js'
import { runQueue } from './run-queue.js'
import { syscalls } from './syscalls.js'
import { tcp } from './tcp.js'

export const PROBES: Probe[] = [syscalls, offCpu, runQueue, disk, faults, tcp]
