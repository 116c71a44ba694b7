// Asks of itself, in the middle of requests, what the agent thread may ask of it, and answers with the regular expressions that ran
// for that: RegExp.prototype.exec is what all of them go by once somebody has replaced it.

const express = require('express')
const http = require('node:http')
const { listen } = require('./lib')

const { exec } = RegExp.prototype
let seen
RegExp.prototype.exec = function (text) {
  seen?.push(`${this} ${new Error().stack.split('\n').slice(2, 5).join(' ')}`)
  return exec.call(this, text)
}

/** Past the threshold of a slow request. */
const pause = () => new Promise(resolve => setTimeout(resolve, 60))

function ask() {
  const agent = globalThis[Symbol.for('perfagent')]
  seen = []
  const answers = [agent.answers.probe(), agent.answers.overdue(), agent.answers.poolCalls()]
  const ran = seen
  seen = undefined
  return { ran, answers }
}

/** At once, before anybody else has asked for anything of the request, and when it has become slow. */
async function look(_req, res) {
  const first = ask()
  await pause()
  const { ran, answers } = ask()
  res.end(JSON.stringify({ ran: [...first.ran, ...ran], answers, sees: seesExpressions() }))
}

function seesExpressions() {
  seen = []
  'a'.replace(/a/, 'b')
  'a'.split(/a/)
  ;/a/.test('a')
  const { length } = seen
  seen = undefined
  return length >= 3
}

const app = express()
app.get('/express/:name', look)
app.use(look)
listen(http.createServer(app))
