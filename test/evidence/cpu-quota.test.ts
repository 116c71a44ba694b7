// Which group's quota binds, and what it has used, by folders as the kernel has them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { openCounter } from '../../lib/evidence/counter-file.js'
import { type CpuQuota, limitedGroups, watchCpuQuota } from '../../lib/evidence/cpu-quota.js'
import { readThrottling } from '../../lib/evidence/quota-files.js'

describe('the CPU quota of a container', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'perfagent-quota-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const put = (files: Record<string, string>): void => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
      writeFileSync(path.join(root, file), `${text}\n`)
    }
  }
  /** A line of mountinfo: the group that is seen at a folder below `root`. */
  const v2 = (group = '/'): string => `30 20 0:30 ${group} ${root} rw - cgroup2 cgroup2 rw`
  const v1 = (): string => `30 20 0:30 / ${root}/cpu rw - cgroup cgroup rw,cpu`

  // what | /proc/self/cgroup | mountinfo | files below /sys/fs/cgroup | quota
  const cases: [string, string, () => string, Record<string, string>, CpuQuota | undefined][] = [
    [
      'of cgroup v2',
      '0::/pod/app',
      v2,
      { 'pod/app/cpu.max': '150000 100000', 'pod/app/cpu.stat': 'usage_usec 2500000\nuser_usec 1' },
      { cores: 1.5, usedSeconds: 2.5 }
    ],
    [
      'of a group around it, whose is smaller',
      '0::/pod/app',
      v2,
      { 'pod/app/cpu.max': '200000 100000', 'pod/cpu.max': '50000 100000', 'pod/cpu.stat': 'usage_usec 3000000' },
      { cores: 0.5, usedSeconds: 3 }
    ],
    [
      'of a container that sees its own group as the root',
      '0::/kubepods/app',
      () => v2('/kubepods/app'),
      { 'cpu.max': '100000 100000', 'cpu.stat': 'usage_usec 1000000' },
      { cores: 1, usedSeconds: 1 }
    ],
    [
      'of cgroup v1',
      '4:cpu,cpuacct:/app\n0::/',
      v1,
      {
        'cpu/app/cpu.cfs_quota_us': '20000',
        'cpu/app/cpu.cfs_period_us': '100000',
        'cpu/app/cpuacct.usage': '2000000000'
      },
      { cores: 0.2, usedSeconds: 2 }
    ],
    [
      'of cgroup v1 whose usage is in a folder of its own',
      '4:cpu:/app',
      v1,
      {
        'cpu/app/cpu.cfs_quota_us': '20000',
        'cpu/app/cpu.cfs_period_us': '100000',
        'cpuacct/app/cpuacct.usage': '3000000000'
      },
      { cores: 0.2, usedSeconds: 3 }
    ],
    ['that has no limit', '0::/app', v2, { 'app/cpu.max': 'max 100000', 'app/cpu.stat': 'usage_usec 1' }, undefined],
    [
      'of v1 that has no limit',
      '4:cpu:/',
      v1,
      { 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '1' },
      undefined
    ],
    ['of other controllers alone', '4:memory:/app', v1, { 'cpu/app/cpu.cfs_quota_us': '1' }, undefined],
    ['of which the kernel tells nothing', '', () => '', {}, undefined]
  ]
  for (const [what, own, mounts, files, expected] of cases) {
    it(what, () => {
      put(files)
      assert.deepEqual(watchCpuQuota(limitedGroups(`${own}\n`, mounts()))?.(), expected)
    })
  }

  it('has throttled the process in as many periods, and for as long, as those of all its groups together', () => {
    put({
      'pod/cpu.stat': 'nr_periods 9\nnr_throttled 5\nthrottled_usec 2500',
      'pod/app/cpu.stat': 'nr_periods 9\nnr_throttled 2\nthrottled_usec 1000',
      'pod/app/none/cpu.stat': 'usage_usec 1'
    })
    const files = ['pod', 'pod/app', 'pod/app/none'].map(folder => openCounter(path.join(root, folder, 'cpu.stat')))
    assert.deepEqual(readThrottling({ cores: 1, files }), { throttledMs: 3.5, periods: 7 })
    for (const file of files) file.close()
  })

  it('is read again: a pod may be resized', () => {
    put({ 'app/cpu.max': '20000 100000', 'app/cpu.stat': 'usage_usec 0' })
    const quota = watchCpuQuota(limitedGroups('0::/app\n', v2()))!
    put({ 'app/cpu.max': '40000 100000' })
    assert.deepEqual(quota(), { cores: 0.4, usedSeconds: 0 })
    put({ 'app/cpu.max': 'max 100000' })
    assert.equal(quota(), undefined)
  })
})
