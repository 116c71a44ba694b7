// Which group's quota binds, and what it has used, by folders as the kernel has them.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type CpuQuota, type LimitedGroup, limitedGroups, watchCpuQuota } from '../../lib/evidence/cpu-quota.js'
import { type QuotaWatch, watchQuotas } from '../../lib/evidence/quota-files.js'

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

  describe('and how it throttled the process', () => {
    const missing: string[] = []
    let groups: () => string[]
    let others: number
    let quotas: QuotaWatch
    beforeEach(() => {
      others = 0
      const folders = (): LimitedGroup[] =>
        groups().map(folder => ({ folder: path.join(root, folder), version: 2, cores: 1 }))
      quotas = watchQuotas(missing, () => others++, folders)
    })
    afterEach(() => {
      quotas.close()
      missing.length = 0
    })
    const throttled = (periods: number, us: number): string =>
      `nr_periods 9\nnr_throttled ${periods}\nthrottled_usec ${us}`
    const openFiles = (): number => readdirSync('/proc/self/fd').length

    it('has it in as many periods, and for as long, as all its groups together', () => {
      put({ 'pod/cpu.stat': throttled(5, 2500), 'pod/app/cpu.stat': throttled(2, 1000) })
      put({ 'pod/app/none/cpu.stat': 'usage_usec 1' })
      groups = () => ['pod', 'pod/app', 'pod/app/none']
      quotas.lookUp()
      assert.deepEqual(quotas.read(), { throttledMs: 3.5, periods: 7 })
    })

    it('is looked up at once where its group is gone', () => {
      // A file of the kernel's opens, and has nothing to read once its group is removed.
      mkdirSync(path.join(root, 'old/cpu.stat'), { recursive: true })
      put({ 'new/cpu.stat': throttled(5, 2500) })
      groups = () => ['old']
      quotas.lookUp()
      groups = () => ['new']
      assert.deepEqual(quotas.read(), { throttledMs: 2.5, periods: 5 })
      assert.equal(others, 3, 'its counters begin anew')
      assert.deepEqual(missing, [])
    })

    it('is none where its group is gone and no other is found', () => {
      mkdirSync(path.join(root, 'old/cpu.stat'), { recursive: true })
      groups = () => ['old']
      quotas.lookUp()
      assert.deepEqual(quotas.read(), { throttledMs: 0, periods: 0 })
      assert.ok(!quotas.areAny())
    })

    it('holds where it cannot be looked up again, which is told until it can', () => {
      put({ 'app/cpu.stat': throttled(5, 2500) })
      const found = (): string[] => ['app']
      groups = found
      quotas.lookUp()
      groups = () => {
        throw new Error('EMFILE: too many open files')
      }
      for (let i = 0; i < 3; i++) quotas.lookUp()
      assert.deepEqual(missing, ['CPU quota: EMFILE: too many open files'])
      assert.deepEqual(quotas.read(), { throttledMs: 2.5, periods: 5 })
      groups = found
      quotas.lookUp()
      assert.deepEqual(missing, [])
      assert.deepEqual([quotas.cores(), others], [1, 1])
    })

    it('leaves no file open, also where one of them does not open', () => {
      put({ 'pod/cpu.stat': throttled(5, 2500) })
      const before = openFiles()
      groups = () => ['pod', 'pod/none']
      quotas.lookUp()
      assert.equal(openFiles(), before)
      groups = () => ['pod']
      quotas.lookUp()
      quotas.lookUp()
      assert.equal(openFiles(), before + 1)
      quotas.close()
      assert.equal(openFiles(), before)
    })
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
