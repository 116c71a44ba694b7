import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { limitedGroups, watchCpuQuota } from '../../lib/evidence/cpu-quota.js'

describe('the CPU quota of a process', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'perfagent-quota-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const put = (file: string, content: string): void => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    writeFileSync(path.join(root, file), `${content}\n`)
  }
  const mounted = (at: string, type: string, options = 'rw'): string =>
    `30 20 0:30 / ${path.join(root, at)} rw - ${type} ${type} ${options}`

  it('of version 2 is the smallest of its group and those around it, with what that group has used', () => {
    put('pod/app/cpu.max', '200000 100000')
    put('pod/cpu.max', '50000 100000')
    put('pod/cpu.stat', 'usage_usec 1500000\nnr_throttled 3')
    const groups = limitedGroups('0::/pod/app\n', mounted('', 'cgroup2'))
    assert.deepEqual(
      groups.map(({ cores }) => cores),
      [2, 0.5]
    )
    assert.deepEqual(watchCpuQuota(groups)!(), { cores: 0.5, usedSeconds: 1.5 })
  })

  it('of version 1 is counted by another controller, mounted with it or beside it', () => {
    put('cpu/app/cpu.cfs_quota_us', '20000')
    put('cpu/app/cpu.cfs_period_us', '100000')
    put('cpuacct/app/cpuacct.usage', '2500000000')
    const read = (): unknown =>
      watchCpuQuota(limitedGroups('4:cpu:/app\n5:cpuacct:/app\n', mounted('cpu', 'cgroup', 'rw,cpu')))!()
    assert.deepEqual(read(), { cores: 0.2, usedSeconds: 2.5 })
    put('cpu/app/cpuacct.usage', '3500000000')
    assert.deepEqual(read(), { cores: 0.2, usedSeconds: 3.5 })
  })

  it('is read again: a pod may be resized', () => {
    put('app/cpu.max', '20000 100000')
    put('app/cpu.stat', 'usage_usec 0')
    const quota = watchCpuQuota(limitedGroups('0::/app\n', mounted('', 'cgroup2')))!
    put('app/cpu.max', '40000 100000')
    assert.deepEqual(quota(), { cores: 0.4, usedSeconds: 0 })
    put('app/cpu.max', 'max 100000')
    assert.equal(quota(), undefined)
  })

  it('is none where there is no limit, or nobody tells', () => {
    put('app/cpu.max', 'max 100000')
    assert.deepEqual(limitedGroups('0::/app\n', mounted('', 'cgroup2')), [])
    assert.deepEqual(limitedGroups('', ''), [])
    assert.equal(watchCpuQuota([]), undefined)
  })
})
