// The kernel's files as they look on machines and in containers, of both versions of cgroups.

import assert from 'node:assert/strict'
import {
  isReady,
  parseCfsQuota,
  parseCpuMax,
  parseMajorFaults,
  parsePressureMs,
  parseSwitches,
  parseThrottling
} from '../../lib/evidence/kernel-files.js'
import { findControlGroup } from '../../lib/process/control-groups.js'
import { parseSchedstat } from '../../lib/process/schedstat.js'

const V1_STAT = 'nr_periods 132\nnr_throttled 41\nthrottled_time 2731500000\nnr_bursts 0\nburst_time 0\n'
const V2_STAT =
  'usage_usec 5231\nuser_usec 4000\nsystem_usec 1231\nnr_periods 132\nnr_throttled 41\nthrottled_usec 2731500\nnr_bursts 0\nburst_usec 0\n'

const mount = (root: string, at: string, type: string, options: string): string =>
  `32 31 0:29 ${root} ${at} rw,nosuid,nodev,noexec,relatime shared:9 - ${type} ${type} rw,${options}`

const V2_MOUNT = mount('/', '/sys/fs/cgroup', 'cgroup2', 'nsdelegate,memory_recursiveprot')
const V1_MOUNTS = [
  mount('/', '/sys/fs/cgroup/systemd', 'cgroup', 'xattr,name=systemd'),
  mount('/', '/sys/fs/cgroup/cpuset', 'cgroup', 'cpuset'),
  mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct')
].join('\n')

describe('kernel files', () => {
  it('schedstat tells nanoseconds on a CPU and in the run queue', () => {
    assert.deepEqual(parseSchedstat('84305112 4120000 310\n'), { cpuMs: 84.305112, waitMs: 4.12 })
  })

  for (const text of ['0 0 0\n', '', 'x'])
    it(`schedstat ${JSON.stringify(text)} tells nothing`, () => assert.equal(parseSchedstat(text), undefined))

  it('cpu.stat of v1 and v2 says the same in nanoseconds and microseconds', () => {
    assert.deepEqual(parseThrottling(V1_STAT), { throttledMs: 2731.5, periods: 41 })
    assert.deepEqual(parseThrottling(V2_STAT), { throttledMs: 2731.5, periods: 41 })
  })

  it('cpu.stat of v2 without the cpu controller has no throttling', () => {
    assert.equal(parseThrottling('usage_usec 5231\nuser_usec 4000\nsystem_usec 1231\n'), undefined)
  })

  it('quotas are cores', () => {
    assert.equal(parseCpuMax('20000 100000\n'), 0.2)
    assert.equal(parseCpuMax('max 100000\n'), undefined)
    assert.equal(parseCpuMax(''), undefined)
    assert.equal(parseCfsQuota('150000\n', '100000\n'), 1.5)
    assert.equal(parseCfsQuota('-1\n', '100000\n'), undefined)
    assert.equal(parseCfsQuota('', ''), undefined)
  })

  it('pressure is the time in which some task was stalled', () => {
    const text =
      'some avg10=23.22 avg60=12.97 avg300=11.41 total=74112417\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n'
    assert.equal(parsePressureMs(text), 74112.417)
  })

  it('major faults are found behind a thread name with blanks and parentheses', () => {
    const rest = 'S 1 71 71 0 -1 4194304 5120 0 17 0 12 3 0 0 20 0 11 0 9000 0 0'
    assert.equal(parseMajorFaults(`71 (node) ${rest}\n`), 17)
    assert.equal(parseMajorFaults(`71 (my ) (app) ${rest}\n`), 17)
    assert.equal(parseMajorFaults(''), undefined)
  })

  it('a thread is ready to run or not, whatever its name is', () => {
    assert.ok(isReady('71 (node) R 1 71'))
    assert.ok(!isReady('71 (my ) R (app) S 1 71'))
    assert.ok(!isReady(''))
  })

  it('context switches are told apart', () => {
    const status = 'Name:\tnode\nvoluntary_ctxt_switches:\t120\nnonvoluntary_ctxt_switches:\t7\n'
    assert.deepEqual(parseSwitches(status), { voluntarySwitches: 120, involuntarySwitches: 7 })
  })
})

const GROUPS: { title: string; cgroup: string; mountinfo: string; found: ReturnType<typeof findControlGroup> }[] = [
  {
    title: 'v2 on a machine: a service inside its slice',
    cgroup: '0::/system.slice/shop.service\n',
    mountinfo: V2_MOUNT,
    found: {
      version: 2,
      folders: ['/sys/fs/cgroup/system.slice/shop.service', '/sys/fs/cgroup/system.slice', '/sys/fs/cgroup']
    }
  },
  {
    title: 'v2 in a container with a namespace of its own',
    cgroup: '0::/\n',
    mountinfo: V2_MOUNT,
    found: { version: 2, folders: ['/sys/fs/cgroup'] }
  },
  {
    title: 'v2, moved to a group outside of its namespace',
    cgroup: '0::/../other\n',
    mountinfo: V2_MOUNT,
    found: { version: 2, folders: ['/sys/fs/cgroup'] }
  },
  {
    title: 'v1 in a container without a namespace: the path is the machine’s, the mount shows the container’s part',
    cgroup: '5:cpuset:/docker/ab12\n4:cpu,cpuacct:/docker/ab12\n1:name=systemd:/docker/ab12\n0::/\n',
    mountinfo: [mount('/docker/ab12', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'), V2_MOUNT].join('\n'),
    found: { version: 1, folders: ['/sys/fs/cgroup/cpu,cpuacct'] }
  },
  {
    title: 'v1 inside a group of that container',
    cgroup: '4:cpu:/docker/ab12/jobs\n',
    mountinfo: mount('/docker/ab12', '/sys/fs/cgroup/cpu', 'cgroup', 'cpu'),
    found: { version: 1, folders: ['/sys/fs/cgroup/cpu/jobs', '/sys/fs/cgroup/cpu'] }
  },
  {
    title: 'v1 on a machine, nested',
    cgroup: '4:cpu,cpuacct:/kubepods/pod1/c1\n0::/init.scope\n',
    mountinfo: V1_MOUNTS,
    found: {
      version: 1,
      folders: ['/kubepods/pod1/c1', '/kubepods/pod1', '/kubepods', ''].map(path => `/sys/fs/cgroup/cpu,cpuacct${path}`)
    }
  },
  {
    title: 'v1 is named but not mounted: v2 is',
    cgroup: '4:cpu:/a\n0::/b\n',
    mountinfo: V2_MOUNT,
    found: { version: 2, folders: ['/sys/fs/cgroup/b', '/sys/fs/cgroup'] }
  },
  {
    title: 'a mount with a blank in its path',
    cgroup: '0::/a\n',
    mountinfo: mount('/', '/my\\040groups', 'cgroup2', 'nsdelegate'),
    found: { version: 2, folders: ['/my groups/a', '/my groups'] }
  },
  { title: 'no cgroups at all', cgroup: '', mountinfo: '', found: undefined }
]

describe('the group of a process', () => {
  for (const { title, cgroup, mountinfo, found } of GROUPS) {
    it(title, () => assert.deepEqual(findControlGroup('cpu', cgroup, mountinfo), found))
  }
})
