// `import()`, for code that was compiled by hand (lib/later.ts). Main thread and workers. Node refuses it there, or warns of an experiment
// (20 to 26), so this lies in dist/main.js, which Node's own loader has loaded.

export const importModule = (url: string): Promise<unknown> => import(url)
