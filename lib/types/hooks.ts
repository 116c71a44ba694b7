// What the application gives for reports: onSlowRequest and beforeReport. Types only, apart from what calls them: so a program's
// TypeScript reads these alone.

import type { Report } from './report.js'

export type SlowRequestHook = (report: Report) => unknown
/** Returning nothing keeps the report, with what was changed in it. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that is declared elsewhere and returns nothing has it.
export type ReportFilter = (report: Report) => Report | null | undefined | void
