// Sources of evidence are independent: one that cannot start is named in `missing`, with the reason. Agent thread.

/** Undefined for one that cannot. */
export function startSource<Source>(name: string, missing: string[], start: () => Source): Source | undefined {
  try {
    return start()
  } catch (error) {
    missing.push(`${name}: ${(error as Error).message}`)
    return undefined
  }
}
