// The codings of a case. What a variant names replaces what the case says; its expectation may be given in part.

exports.variantsOf = ({ variants }) => (variants ? Object.keys(variants) : [''])

exports.variantOf = (planted, name) => {
  const { expect, ...own } = planted.variants?.[name] ?? {}
  return { ...planted, ...own, expect: { ...planted.expect, ...expect } }
}
