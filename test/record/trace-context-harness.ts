// The 40 cases of the public harness for W3C Trace Context (github.com/w3c/trace-context, test/test.py, strict level 2), and which
// tests of trace-context.test.ts send what each of them sends. The harness itself wants Python: `npm run check:w3c`.

/** The test of several calls. */
export const MANY = 'three calls of one request are three spans of one trace'

/** Case, without its `test_` → titles of tests. */
export const HARNESS: Record<string, string[]> = {
  both_traceparent_and_tracestate_missing: ['nothing'],
  traceparent_included_tracestate_missing: ['traceparent alone'],
  traceparent_duplicated: ['two traceparents'],
  traceparent_header_name: ['trace-parent', 'trace.parent'],
  traceparent_header_name_valid_casing: ['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'],
  traceparent_version_0x00: ['version 00 with a dot behind', 'version 00 with more behind'],
  traceparent_version_0xcc: [
    'a version to come',
    'a version to come with more behind',
    'a version to come with a dot behind'
  ],
  traceparent_version_0xff: ['version ff'],
  traceparent_version_illegal_characters: ['version .0', 'version 0.'],
  traceparent_version_too_long: ['a version of 3 digits', 'a version of 4 digits'],
  traceparent_version_too_short: ['a version of 1 digit'],
  traceparent_trace_id_all_zero: ['a trace id of zeros'],
  traceparent_trace_id_illegal_characters: ['a trace id that begins with a dot', 'a trace id that ends with a dot'],
  traceparent_trace_id_too_long: ['a trace id of 33 digits'],
  traceparent_trace_id_too_short: ['a trace id of 31 digits'],
  traceparent_parent_id_all_zero: ['a parent id of zeros'],
  traceparent_parent_id_illegal_characters: ['a parent id that begins with a dot', 'a parent id that ends with a dot'],
  traceparent_parent_id_too_long: ['a parent id of 17 digits'],
  traceparent_parent_id_too_short: ['a parent id of 15 digits'],
  traceparent_trace_flags_illegal_characters: ['flags .0', 'flags 0.'],
  traceparent_trace_flags_too_long: ['flags of 3 digits'],
  traceparent_trace_flags_too_short: ['flags of 1 digit'],
  traceparent_ows_handling: [
    'blanks before',
    'a tab before',
    'blanks behind',
    'a tab behind',
    'blanks and tabs around'
  ],
  tracestate_included_traceparent_missing: ['tracestate without traceparent', 'two members without traceparent'],
  tracestate_included_traceparent_included: ['both'],
  tracestate_header_name: ['trace-state', 'trace.state'],
  tracestate_header_name_valid_casing: ['TraceState', 'TrAcEsTaTe', 'TRACESTATE'],
  tracestate_empty_header: ['an empty one', 'an empty one behind another', 'an empty one before another'],
  tracestate_multiple_headers_different_keys: ['several, in their order'],
  tracestate_duplicated_keys: [
    'the same member twice',
    'a key twice',
    'the same member in two headers',
    'a key in two headers'
  ],
  tracestate_all_allowed_characters: ['all characters', 'all characters, with a vendor'],
  tracestate_ows_handling: [
    'blanks around commas',
    'tabs around commas',
    'a blank before',
    'a tab before',
    'a blank behind',
    'a tab behind',
    'blanks and tabs around'
  ],
  tracestate_key_illegal_characters: ['a blank in the key', 'a key in upper case', 'a dot in the key'],
  tracestate_key_illegal_vendor_format: [
    'a key with no vendor',
    'a key with a vendor alone',
    'a key with two at signs',
    'a key with two vendors'
  ],
  tracestate_member_count_limit: ['32 members, where ours is one too many', '33 members'],
  tracestate_key_length_limit: [
    'a key of 256 characters',
    'a key of 257 characters',
    'the longest tenant and vendor',
    'a tenant of 242 characters',
    'a vendor of 15 characters'
  ],
  tracestate_value_illegal_characters: ['an equals sign in the value', 'no value'],
  multiple_requests_with_valid_traceparent: [MANY],
  multiple_requests_without_traceparent: [MANY],
  multiple_requests_with_illegal_traceparent: [MANY]
}

type Header = 'traceparent' | 'tracestate'

export const headerOf = (name: string): Header => (name.startsWith('tracestate_') ? 'tracestate' : 'traceparent')

/** ` [case]`, behind the title of a test that is one of the harness. */
export function asInHarness(header: Header, title: string): string {
  const name = Object.keys(HARNESS).find(key => headerOf(key) === header && HARNESS[key]!.includes(title))
  return name ? ` [${name}]` : ''
}
