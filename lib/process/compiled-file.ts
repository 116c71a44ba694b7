// Whether a file may be run only as another text, which a loader makes of it in memory. Any thread.

const COMPILED = /\.(?:[cm]?ts|[jt]sx)$/

export const isCompiled = (file: string): boolean => COMPILED.test(file)
