// A service whose requests go on in handlers of bluebird, the one of the folder LIBRARIES, after those of another request, and call a peer
// (PEER_URL).

const http = require('node:http')
const { createRequire } = require('node:module')
const path = require('node:path')
const { serve } = require('./lib')

const Bluebird = createRequire(path.join(process.env.LIBRARIES ?? __dirname, 'index.js'))('bluebird')

const get = name =>
  new Bluebird((resolve, reject) => {
    http
      .get(`${process.env.PEER_URL}/${name}`, response => response.resume().on('end', () => resolve(name)))
      .on('error', reject)
  })

/** Goes on when both are here, in one turn. */
const here = []
const meet = () =>
  new Bluebird(resolve => {
    if (here.push(resolve) < 2) return
    for (const goOn of here.splice(0)) goOn()
  })

const meeting = name => () =>
  meet()
    .then(() => get(`${name}/then`))
    .then(meet)
    .finally(() => get(`${name}/finally`))
    .then(meet)
    .return([`${name}/map`])
    .map(get)
    .then(meet)
    .then(() => Bluebird.reduce([`${name}/reduce`], (_sum, each) => get(each), ''))

serve({ '/one': meeting('one'), '/two': meeting('two') })
