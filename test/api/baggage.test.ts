import assert from 'node:assert/strict'
import { formatBaggage, parseBaggage } from '../../lib/api/baggage.js'

describe('baggage', () => {
  // header | as it goes on
  const cases: [string, string | undefined][] = [
    ['a=1,b=2', 'a=1,b=2'],
    [' a = 1 ;ttl=5;x , b=%20c ', 'a=1;ttl=5;x ,b=%20c'],
    ['a=1=2', 'a=1%3D2'],
    ['a', undefined],
    ['=1', undefined],
    ['', undefined],
    ['a=1,,b', 'a=1'],
    ['%E0%A4=1,b=2', 'b=2']
  ]
  for (const [header, expected] of cases) {
    it(`${JSON.stringify(header)} goes on as ${expected ?? 'nothing'}`, () => {
      const baggage = parseBaggage(header)
      assert.equal(baggage && formatBaggage(baggage), expected)
    })
  }

  it('has the first 64 members of what came, and of what leaves', () => {
    const header = Array.from({ length: 100 }, (_, i) => `k${i}=1`).join()
    let baggage = parseBaggage(header)!
    assert.equal(baggage.getAllEntries().length, 64)
    for (let i = 0; i < 100; i++) baggage = baggage.setEntry(`more${i}`, { value: '1' })
    assert.equal(formatBaggage(baggage)!.split(',').length, 64)
  })

  it('leaves with 8192 bytes at most', () => {
    let baggage = parseBaggage('a=1')!
    for (let i = 0; i < 20; i++) baggage = baggage.setEntry(`k${i}`, { value: 'x'.repeat(1000) })
    const header = formatBaggage(baggage)!
    assert.ok(header.length <= 8192 && header.length > 7000, `${header.length}`)
  })

  it('leaves without the member that no header may have', () => {
    const hostile = {
      toString(): string {
        throw new Error('no text')
      }
    } as never
    const baggage = parseBaggage('a=1,b=2')!
      .setEntry('half', { value: '\ud83d' })
      .setEntry('\udc00', { value: 'a key' })
      .setEntry('lines', { value: '3', metadata: { toString: () => 'a\r\nb' } as never })
      .setEntry('throws', { value: '4', metadata: hostile })
      .setEntry('whole', { value: '\ud83d\ude00' })
    assert.equal(formatBaggage(baggage), 'a=1,b=2,whole=%F0%9F%98%80')
  })
})
