// Whether what was said of a case is right: the cause, the culprit, and the milliseconds of that cause, within 15 % or 30 ms
// of what was planted. The slowest request of the route is scored. Of all reports of that route none may be wrong and say
// `measured`: that is the worst, and counted apart.

const WITHIN_SHARE = 0.15
const WITHIN_MS = 30

export function score(expect, { reports, plantedMs, collectedMs }) {
  return expect.healthy
    ? scoreHealthy(reports.filter(({ request }) => request.route !== '/warm'))
    : scoreSlow({ ...expect, causes: causesOf(expect, plantedMs, collectedMs) }, reports, plantedMs)
}

/** Of work whose collections were watched whichever took more, and either where they took about as long. */
function causesOf({ causes, cause, with: beside }, plantedMs, collectedMs) {
  if (!beside || collectedMs === undefined) return causes ?? [cause]
  const ownMs = plantedMs - collectedMs
  if (isNear(collectedMs, ownMs)) return [cause, beside]
  return [ownMs > collectedMs ? cause : beside]
}

function scoreHealthy(reports) {
  const [first] = reports
  const said = first ? `${reports.length} reports: ${first.verdict.summary}` : 'no report'
  return { planted: 'nothing', right: !first, wrongly: first?.verdict.confidence === 'measured', said, why: '' }
}

function scoreSlow(expect, reports, plantedMs) {
  const { causes } = expect
  const ofRoute = reports.filter(({ request }) => request.route === expect.route)
  const report = ofRoute.toSorted((a, b) => b.durationMs - a.durationMs)[0]
  const planted = expect.has ?? causes[0]
  if (!report) return { planted, right: false, wrongly: false, said: 'nothing', why: 'no report came' }

  const { verdict, breakdown } = report
  const msOf = wanted => breakdown.find(({ cause }) => cause === wanted)?.ms ?? 0
  const ms = msOf(planted) + (expect.with ? msOf(expect.with) : 0)
  const wanted = expect.ms === 'planted' ? plantedMs : expect.ms
  const known = [...causes, ...(expect.also ?? [])]
  const wrongly = ofRoute.filter(
    one => one.verdict.confidence === 'measured' && !(one === report ? causes : known).includes(one.verdict.cause)
  )
  const wrong = [
    !causes.includes(verdict.cause) && `the cause is ${causes.join(' or ')}`,
    !expect.culprit.test(JSON.stringify(verdict)) && `the culprit ${expect.culprit} is not named`,
    wanted !== undefined && !isNear(ms, wanted) && `${ms} ms of ${planted}, planted ${Math.round(wanted)} ms`,
    msOf(planted) === 0 && `no ${planted} in the breakdown`,
    expect.measured && verdict.confidence !== 'measured' && 'it is not measured',
    wrongly.some(one => one !== report) && `wrong with confidence: ${wrongly[0].verdict.summary}`
  ].filter(Boolean)
  return {
    planted,
    plantedMs: wanted === undefined ? undefined : Math.round(wanted),
    right: wrong.length === 0,
    wrongly: wrongly.length > 0,
    cause: verdict.cause,
    confidence: verdict.confidence,
    share: verdict.share,
    ms,
    durationMs: report.durationMs,
    culprit: culpritText(verdict.culprit),
    said: verdict.summary,
    report,
    why: wrong.join('; '),
    ...(wrong.length > 0 && { breakdown, missing: report.evidence.missing })
  }
}

const isNear = (ms, planted) => Math.abs(ms - planted) <= Math.max(WITHIN_MS, planted * WITHIN_SHARE)

function culpritText(culprit) {
  if (!culprit) return ''
  const { route, frame, statement, target } = culprit
  const place = frame && `${frame.function} (${frame.file.split('/').at(-1)}:${frame.line})`
  return [route, place, statement, !statement && !frame && target].filter(Boolean).join(' ')
}
