// What a check of `perfagent doctor` finds: one line, and where something is wrong what to do. Types and words only.

export interface Finding {
  /** What was looked at: `node`, `loading`, `pg`. */
  about: string
  /** `wrong` makes the doctor end with 1; `note` is worth knowing. */
  state: 'ok' | 'note' | 'wrong'
  said: string
  /** A command, or what to do. */
  mend?: string
}

export const ok = (about: string, said: string): Finding => ({ about, state: 'ok', said })
export const note = (about: string, said: string, mend?: string): Finding => ({
  about,
  state: 'note',
  said,
  ...(mend && { mend })
})
export const wrong = (about: string, said: string, mend: string): Finding => ({ about, state: 'wrong', said, mend })
